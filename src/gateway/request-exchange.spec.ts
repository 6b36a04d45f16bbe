import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { type JSONRPCRequest, McpServer, type ServerContext } from '@modelcontextprotocol/server';

import { RequestExchange } from './request-exchange';

type Handler = (context: ServerContext['mcpReq']) => Promise<string>;

const REQUEST: JSONRPCRequest = {
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'do', _meta: { progressToken: 'p' } },
};
const RESULT = { result: { content: [{ type: 'text', text: 'done' }] }, jsonrpc: '2.0', id: 7 };
const progress = (value: number) => ({
  method: 'notifications/progress' as const,
  params: { progressToken: 'p', progress: value },
});

describe('an exchange of one request', () => {
  let http: Server;
  /** When the last exchange that was begun has ended. */
  let ended: Promise<void>;

  afterEach(async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  async function serve(handler: Handler): Promise<string> {
    http = createServer((_request, response) => {
      const mcp = new McpServer({ name: 'test', version: '1' }, { capabilities: { tools: {}, logging: {} } });
      mcp.server.setRequestHandler('tools/call', async (_call, { mcpReq }) => ({
        content: [{ type: 'text', text: await handler(mcpReq) }],
      }));
      ended = RequestExchange.serve(mcp, REQUEST, response, { token: '', clientId: '', scopes: [] });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  const typeOf = (response: Response): string | null => response.headers.get('content-type');

  it('answers with a document', async () => {
    const response = await fetch(await serve(() => Promise.resolve('done')));
    expect([response.status, typeOf(response)]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual(RESULT);
    await ended;
  });

  it('answers with a stream when something is told before the answer', async () => {
    const url = await serve(async ({ notify }) => {
      await notify(progress(1));
      await notify(progress(2));
      return 'done';
    });
    const response = await fetch(url);
    expect(typeOf(response)).toBe('text/event-stream');
    const events = (await response.text()).trim().split('\n\n');
    expect(events.map((event) => JSON.parse(event.replace('event: message\ndata: ', '')) as unknown)).toEqual(
      [{ jsonrpc: '2.0', ...progress(1) }, { jsonrpc: '2.0', ...progress(2) }, RESULT],
    );
    await ended;
  });

  it('begins to answer before an answer that takes its time', async () => {
    const seen = Promise.withResolvers<string>();
    const response = await fetch(await serve(() => seen.promise));
    expect(typeOf(response)).toBe('text/event-stream');
    seen.resolve('done');
    expect(await response.text()).toBe(`event: message\ndata: ${JSON.stringify(RESULT)}\n\n`);
    await ended;
  });

  it('tells whoever works on the answer that the client has gone', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const url = await serve(({ signal }) => {
      begun.resolve(signal);
      return new Promise<never>(() => undefined);
    });
    const client = new AbortController();
    const request = fetch(url, { signal: client.signal });
    const signal = await begun.promise;
    client.abort();
    await expect(request).rejects.toThrow();
    await ended;
    expect(signal.aborted).toBe(true);
  });

  it('leaves out what a client that does not read cannot be told', async () => {
    const told = { message: 'x'.repeat(64 * 1024), count: 300 };
    const url = await serve(async ({ notify }) => {
      for (let count = 1; count <= told.count; count += 1) {
        await notify({ ...progress(count), params: { ...progress(count).params, message: told.message } });
      }
      return 'done';
    });
    const response = await fetch(url);
    // Nothing was read while everything was written.
    const text = await response.text();
    expect(text).toContain('"text":"done"');
    expect(text.split('notifications/progress').length - 1).toBeLessThan(told.count);
    await ended;
  });

  it('does not begin for a client that has gone already', async () => {
    let called = false;
    const served = Promise.withResolvers<undefined>();
    http = createServer((_request, response) => {
      response.destroy();
      const mcp = new McpServer({ name: 'test', version: '1' }, { capabilities: { tools: {} } });
      mcp.server.setRequestHandler('tools/call', () => {
        called = true;
        return { content: [] };
      });
      void RequestExchange.serve(mcp, REQUEST, response, { token: '', clientId: '', scopes: [] }).then(() => {
        served.resolve(undefined);
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    await served.promise;
    await sleep(0);
    expect(called).toBe(false);
  });
});
