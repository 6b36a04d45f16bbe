import { createServer, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { closeServer, listenOnLoopback } from '../loopback-server';

/** What it says to a call of the tool of this name, beside `say`, which it answers as it should. */
export const FAULTS = [
  'no_json',
  'half_json',
  'no_message',
  'other_id',
  'broken_event',
  'bytes',
  'gigabyte',
  'gigabyte_event',
  'never',
  'stalls',
] as const;
export type Fault = (typeof FAULTS)[number];

/** An MCP server of the 2025 era over Streamable HTTP, by hand, whose answers are wrong in every way. */
export interface FaultyServer {
  readonly url: string;
  /** Bytes of endless answers that were taken off its hands. */
  readonly sent: number;
  close(): Promise<void>;
}

const GIGABYTE = 1024 ** 3;
const CHUNK = Buffer.alloc(64 * 1024, 'x');

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly name?: string };
}

export async function startFaultyServer(): Promise<FaultyServer> {
  let sent = 0;

  function* gigabyte(): Generator<Buffer> {
    for (let left = GIGABYTE; left > 0; left -= CHUNK.length) {
      sent += CHUNK.length;
      yield CHUNK;
    }
  }

  /** As fast as it is read, until nobody does. */
  const gush = (response: ServerResponse): Promise<void> =>
    pipeline(Readable.from(gigabyte()), response).catch(() => undefined);

  function call(id: number, tool: string, response: ServerResponse): void {
    const json = (body: string): unknown =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    const events = (): ServerResponse => response.writeHead(200, { 'content-type': 'text/event-stream' });
    const result = (of: number): string =>
      JSON.stringify({ jsonrpc: '2.0', id: of, result: { content: [{ type: 'text', text: 'said' }] } });
    const faults: Readonly<Record<string, () => unknown>> = {
      no_json: () => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>'),
      half_json: () => json(result(id).slice(0, 20)),
      no_message: () => json('{"so":"what"}'),
      other_id: () => json(result(id + 1_000)),
      broken_event: () => events().end('event: message\ndata: {"jsonrpc":\n\n'),
      bytes: () => response.socket?.end(Buffer.from([0, 1, 2, 255, 254, 10, 13, 10])),
      gigabyte: () => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc":"2.0","result":"');
        void gush(response);
      },
      gigabyte_event: () => {
        events().write('event: message\ndata: {"jsonrpc":"2.0","result":"');
        void gush(response);
      },
      never: () => undefined,
      stalls: () => events().write(': not yet\n\n'),
    };
    const fault = faults[tool];
    if (fault === undefined) json(result(id));
    else fault();
  }

  function answer({ id, method, params }: Message, response: ServerResponse): void {
    const send = (body: object): unknown =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, ...body }));
    if (id === undefined) response.writeHead(202).end();
    else if (method === 'tools/call') call(id, params?.name ?? '', response);
    else if (method === 'initialize') {
      const { protocolVersion } = params ?? {};
      const serverInfo = { name: 'faulty', version: '1' };
      send({ result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
    } else if (method === 'tools/list') {
      send({
        result: { tools: ['say', ...FAULTS].map((name) => ({ name, inputSchema: { type: 'object' } })) },
      });
    } else send({ error: { code: -32_601, message: 'Method not found' } });
  }

  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    response.on('error', () => undefined);
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      answer(JSON.parse(body) as Message, response);
    });
  });
  return {
    url: `${await listenOnLoopback(server)}/mcp`,
    get sent() {
      return sent;
    },
    close: () => closeServer(server),
  };
}
