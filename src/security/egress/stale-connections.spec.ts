import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { LookupFunction } from 'node:net';
import { setImmediate } from 'node:timers/promises';

import { EgressGuard, type EgressRequest } from './egress-guard';

/** What the server does with a request: what it says, and what with the connection after that. */
interface Deed {
  readonly say: string;
  readonly then: 'keep' | 'end' | 'reset';
}

const answer = (text: string): Deed => ({
  say: `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
  then: 'keep',
});
const END: Deed = { say: '', then: 'end' };
const RESET: Deed = { say: '', then: 'reset' };
const SILENCE: Deed = { say: '', then: 'keep' };

/** A request with its body. */
const REQUEST = /^(\w+ \S+)[^]*?\r\n\r\n(payload)?$/;

/** Speaks HTTP over TCP, as it is told: by connection, and by request on it. */
class ScriptedServer {
  /** `connection: method path body`, as they came. */
  readonly seen: string[] = [];
  private readonly sockets: Socket[] = [];
  private readonly server: Server = createServer((socket) => {
    const connection = this.sockets.push(socket);
    let nth = 0;
    let received = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received += chunk.toString();
      const [, line, body = ''] = REQUEST.exec(received) ?? [];
      // The body may come by itself.
      if (line === undefined || (/content-length: 7|chunked/.test(received) && body === '')) return;
      received = '';
      this.seen.push(`${connection}: ${line} ${body}`.trim());
      this.act(socket, this.script[connection - 1]?.[nth++] ?? answer('more'));
    });
  });

  constructor(private readonly script: readonly (readonly Deed[])[]) {}

  async start(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.sockets.length;
  }

  end(connection: number): void {
    this.sockets[connection - 1]?.end();
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private act(socket: Socket, { say, then }: Deed): void {
    socket.write(say);
    if (then === 'end') socket.end();
    if (then === 'reset') socket.resetAndDestroy();
  }
}

describe('A request on a connection that was kept open', () => {
  let guard: EgressGuard;
  let server: ScriptedServer;
  let origin: string;

  async function serve(...script: (readonly Deed[])[]): Promise<void> {
    server = new ScriptedServer(script);
    origin = `http://127.0.0.1:${await server.start()}`;
  }

  const ask = async (path: string, init: EgressRequest = {}): Promise<string> => {
    const response = await guard.fetch(origin + path, init);
    const text = await response.text();
    // A connection takes the next request a turn of the event loop after its answer.
    await setImmediate();
    return text;
  };

  beforeEach(() => {
    guard = new EgressGuard(['loopback']);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    server.stop();
    await guard.close();
  });

  it.each([
    ['ends', END],
    ['resets', RESET],
  ])('which the server %s without an answer is sent once more, on a new one', async (_how, deed) => {
    await serve([answer('one'), deed], [answer('two')]);
    expect(await ask('/a')).toBe('one');
    expect(await ask('/b')).toBe('two');
    expect(server.seen).toEqual(['1: GET /a', '1: GET /b', '2: GET /b']);
  });

  it('is sent once more by the lean way out, too', async () => {
    await serve([answer('one'), END], [answer('two')]);
    await ask('/a');
    const { body } = await guard.send(`${origin}/b`, {
      method: 'POST',
      headers: [['Idempotency-Key', 'k']],
      body: 'payload',
    });
    expect(await body.text()).toBe('two');
    expect(server.seen).toEqual(['1: GET /a', '1: POST /b payload', '2: POST /b payload']);
  });

  it.each<[string, EgressRequest]>([
    ['PUT', { method: 'PUT', body: 'payload' }],
    ['DELETE', { method: 'DELETE' }],
    [
      'POST with an Idempotency-Key',
      { method: 'POST', body: 'payload', headers: { 'Idempotency-Key': 'k' } },
    ],
  ])('is sent once more, with its body, if it is a %s', async (_what, init) => {
    await serve([answer('one'), END], [answer('two')]);
    await ask('/a');
    expect(await ask('/b', init)).toBe('two');
    const [, first = '', second = ''] = server.seen;
    expect(second).toBe(first.replace('1:', '2:'));
  });

  it.each<[string, EgressRequest]>([
    ['POST', { method: 'POST', body: 'payload' }],
    ['PATCH', { method: 'PATCH', body: 'payload' }],
    ['POST with an empty Idempotency-Key', { method: 'POST', headers: { 'idempotency-key': '' } }],
  ])('is not sent once more if it is a %s', async (_what, init) => {
    await serve([answer('one'), END]);
    await ask('/a');
    await expect(ask('/b', init)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(server.seen).toHaveLength(2);
  });

  it.each([
    ['half a head', 'HTTP/1.1 200 OK\r\ncont'],
    ['the first byte', 'H'],
    ['an informational answer', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['a part of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ntw'],
  ])('is not sent once more when %s has come', async (_what, say) => {
    await serve([answer('one'), { say, then: 'end' }]);
    await ask('/a');
    await expect(ask('/b')).rejects.toThrow();
    expect(server.seen).toHaveLength(2);
  });

  it('is sent twice at most, and the second failure is told', async () => {
    await serve([answer('one'), RESET], [END]);
    await ask('/a');
    await expect(ask('/b')).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('before its answer was complete') as string,
    });
    expect(server.seen).toEqual(['1: GET /a', '1: GET /b', '2: GET /b']);
  });

  it('is not sent once more to another connection that was kept', async () => {
    await serve([answer('one'), answer('two'), END], [answer('one'), SILENCE], [answer('three')]);
    await Promise.all([ask('/a'), ask('/a')]);
    const [first, second] = [ask('/b'), ask('/c')];
    expect(await first).toBe('two');
    server.end(2);
    expect(await second).toBe('three');
    expect(server.seen.slice(2)).toEqual(['1: GET /b', '2: GET /c', '3: GET /c']);
  });

  it('is sent on a connection that is not kept for the one after it', async () => {
    await serve([answer('one'), END], [answer('two'), END], [answer('three'), END], [answer('four')]);
    for (const text of ['one', 'two', 'three', 'four']) expect(await ask('/a')).toBe(text);
  });

  it('is not sent once more when it was aborted', async () => {
    await serve([answer('one'), SILENCE]);
    await ask('/a');
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const request = guard.send(`${origin}/b`, { method: 'GET', headers: [], signal: controller.signal });
    const ended = expect(request).rejects.toBe(reason);
    while (server.seen.length < 2) await setImmediate();
    controller.abort(reason);
    await ended;
    expect(server.connections).toBe(1);
  });

  it('is sent once more to addresses that are allowed, and no other', async () => {
    let address = '127.0.0.1';
    const lookup: LookupFunction = (_name, _options, callback) => {
      callback(null, [{ address, family: 4 }]);
    };
    jest.spyOn(dns, 'lookup').mockImplementation(lookup as unknown as typeof dns.lookup);
    await serve([answer('one'), END]);
    origin = origin.replace('127.0.0.1', 'elsewhere.test');
    await ask('/a');
    address = '10.0.0.1';
    await expect(ask('/b')).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
  });

  it('differs from one on a new connection, which is not sent once more', async () => {
    await serve([END], [answer('two')]);
    await expect(ask('/a')).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(server.seen).toEqual(['1: GET /a']);
  });
});
