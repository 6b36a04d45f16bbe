import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EgressGuard } from './egress-guard';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe('EgressGuard', () => {
  const servers: Server[] = [];
  const guards: EgressGuard[] = [];

  function guard(...allow: string[]): EgressGuard {
    const made = new EgressGuard(allow);
    guards.push(made);
    return made;
  }

  async function serve(handler: Handler, host = '127.0.0.1'): Promise<number> {
    const server = createServer(handler);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return (server.address() as AddressInfo).port;
  }

  afterEach(async () => {
    await Promise.all(guards.splice(0).map((one) => one.close()));
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it.each([
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '0.0.0.0',
    '0',
  ])('refuses http://%s/ and reaches no server', async (host) => {
    let requests = 0;
    const port = await serve((_request, response) => {
      requests += 1;
      response.end();
    });
    await expect(guard('private').fetch(`http://${host}:${port}/`)).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
      message: expect.stringContaining('EGRESS_ALLOW') as string,
    });
    expect(requests).toBe(0);
  });

  it('names the host in the refusal', async () => {
    await expect(guard().fetch('http://169.254.169.254/latest/meta-data')).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
      message: expect.stringContaining('169.254.169.254') as string,
    });
  });

  it.each(['127.0.0.1', 'localhost'])('reaches %s when loopback is listed', async (host) => {
    const port = await serve((_request, response) => response.end('hello'), host);
    const response = await guard('loopback').fetch(`http://${host}:${port}/`);
    expect(await response.text()).toBe('hello');
  });

  it('refuses a redirect from an allowed address to one that is not', async () => {
    let reached = false;
    const inside = await serve((_request, response) => {
      reached = true;
      response.end('secret');
    }, '127.0.0.2');
    const outside = await serve((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.2:${inside}/` }).end();
    });
    const failure = guard('127.0.0.1/32').fetch(`http://127.0.0.1:${outside}/`);
    await expect(failure).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
    expect(reached).toBe(false);
  });

  it('refuses other schemes, also behind a redirect', async () => {
    await expect(guard('loopback').fetch('ftp://127.0.0.1/')).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    });
    const port = await serve((_request, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    });
    const failure = guard('loopback').fetch(`http://127.0.0.1:${port}/`);
    await expect(failure).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
  });

  it('drops credentials when a redirect leaves the origin and keeps them inside it', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    const port = await serve((request, response) => {
      seen.push(request.headers);
      const location = request.url === '/first' ? '/second' : `http://127.0.0.1:${other}/`;
      response.writeHead(307, { location }).end();
    });
    await guard('loopback').fetch(`http://127.0.0.1:${port}/first`, {
      headers: { authorization: 'Bearer t', 'x-vendor-token': 't', cookie: 'c=1', accept: 'text/x' },
    });
    expect(seen.map((headers) => headers.authorization)).toEqual(['Bearer t', 'Bearer t', undefined]);
    expect(seen[2]).toMatchObject({ accept: 'text/x' });
    expect(seen[2]).not.toHaveProperty('x-vendor-token');
    expect(seen[2]).not.toHaveProperty('cookie');
  });

  it.each([
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'payload'],
    [308, 'POST', 'payload'],
  ])('follows a %d after a POST by %s', async (status, method, body) => {
    const port = await serve((request, response) => {
      if (request.url === '/from') {
        response.writeHead(status, { location: '/to' }).end();
        return;
      }
      let received = '';
      request.on('data', (chunk: Buffer) => (received += chunk.toString()));
      request.on('end', () => response.end(`${String(request.method)}:${received}`));
    });
    const response = await guard('loopback').fetch(`http://127.0.0.1:${port}/from`, {
      method: 'POST',
      body: 'payload',
    });
    expect(await response.text()).toBe(`${method}:${body}`);
  });

  it('follows no redirect to an address with a password, and does not tell it', async () => {
    const port = await serve((request, response) => {
      response.writeHead(302, { location: `http://user:passw0rd@${String(request.headers.host)}/` }).end();
    });
    await expect(guard('loopback').fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
      message: `The address of 127.0.0.1:${port} must not hold a user name or password`,
    });
  });

  it('gives up after five redirects', async () => {
    let requests = 0;
    const port = await serve((_request, response) => {
      requests += 1;
      response.writeHead(302, { location: '/again' }).end();
    });
    await expect(guard('loopback').fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'PROTOCOL_ERROR',
    });
    expect(requests).toBe(6);
  });

  it('hands a redirect to a caller that follows by itself', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(302, { location: '/there' }).end();
    });
    const response = await guard('loopback').fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/there']);
  });

  it('says that nobody listens, without the driver’s words', async () => {
    const port = await serve((_request, response) => response.end());
    await new Promise((resolve) => servers.pop()?.close(resolve));
    await expect(guard('loopback').fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: `127.0.0.1:${port} refused the connection`,
    });
  });

  it('says that a name is not known', async () => {
    await expect(guard().fetch('http://nowhere.invalid/')).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringMatching(/^nowhere\.invalid has no address/) as string,
    });
  });

  it('rejects with the reason of the signal when aborted', async () => {
    const port = await serve(() => undefined);
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const request = guard('loopback').fetch(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    controller.abort(reason);
    await expect(request).rejects.toBe(reason);
  });

  describe('asked to send', () => {
    const send = (url: string, allow: string[] = ['loopback'], signal?: AbortSignal) =>
      guard(...allow).send(url, {
        method: 'POST',
        headers: [['x-a', 'b']],
        body: 'payload',
        signal: signal ?? null,
      });

    it('gives the answer as it comes, and follows no redirect', async () => {
      const port = await serve((request, response) => {
        let received = '';
        request.on('data', (chunk: Buffer) => (received += chunk.toString()));
        request.on('end', () => {
          response.writeHead(307, { location: '/there' });
          response.end(
            `${String(request.method)} ${String(request.url)} ${String(request.headers['x-a'])} ${received}`,
          );
        });
      });
      const { statusCode, headers, body } = await send(`http://127.0.0.1:${port}/a?b=c`);
      expect([statusCode, headers.location]).toEqual([307, '/there']);
      expect(await body.text()).toBe('POST /a?b=c b payload');
    });

    it.each([
      ['a private address', 'http://10.0.0.1/', 'EGRESS_DENIED'],
      ['a name that leads to this machine', 'http://localhost:1/', 'EGRESS_DENIED'],
      ['a file', 'file:///etc/passwd', 'EGRESS_DENIED'],
      ['a name that is not known', 'http://nowhere.invalid/', 'CONNECTION_FAILED'],
    ])('refuses %s', async (_what, url, code) => {
      await expect(send(url, [])).rejects.toMatchObject({ code });
    });

    it('rejects with the reason of the signal when aborted', async () => {
      const port = await serve(() => undefined);
      const controller = new AbortController();
      const reason = new Error('cancelled by a person');
      const answer = send(`http://127.0.0.1:${port}/`, ['loopback'], controller.signal);
      controller.abort(reason);
      await expect(answer).rejects.toBe(reason);
    });
  });
});
