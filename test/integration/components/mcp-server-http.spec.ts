import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '../../../src/components/mcp-server/mcp-server';
import { McpUpstreams } from '../../../src/components/mcp-server/mcp-upstreams';
import { freePort } from '../../support/free-port';
import { bareLauncher } from '../../support/bare-launcher';
import { soonEnough } from '../../support/soon-enough';
import type { JsonObject } from '../../../src/engine/core/json';
import { EgressGuard } from '../../../src/security/egress/egress-guard';
import { ComponentHarness } from './component-harness';

const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');

interface RpcRequest {
  readonly id?: number;
  readonly method: string;
  readonly params?: JsonObject;
}

type Respond = (rpc: RpcRequest, response: ServerResponse, request: IncomingMessage) => void;

describe('mcp_server over Streamable HTTP', () => {
  const guard = new EgressGuard(['loopback']);
  const servers: Server[] = [];
  let type: McpServer;
  let harness: ComponentHarness;

  beforeEach(() => {
    type = new McpServer(new McpUpstreams({ launcher: bareLauncher, egress: guard, version: '0.0.0' }));
    harness = new ComponentHarness(type);
  });
  afterEach(async () => {
    await type.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  afterAll(() => guard.close());

  const at = (port: number): JsonObject => ({
    transport: 'streamable_http',
    url: `http://127.0.0.1:${port}/mcp`,
  });

  function json(response: ServerResponse, body: JsonObject, headers: Record<string, string> = {}): void {
    response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ jsonrpc: '2.0', ...body }));
  }

  /** A server of the 2025 era, by hand, that answers `tools/call` as the test says. */
  async function serve(onCall: Respond, onOther: Respond = handshake): Promise<number> {
    const server = createServer((request, response) => {
      if (request.method !== 'POST') {
        response.writeHead(405).end();
        return;
      }
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const rpc = JSON.parse(body) as RpcRequest;
        (rpc.method === 'tools/call' ? onCall : onOther)(rpc, response, request);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  const handshake: Respond = ({ id, method, params }, response) => {
    if (id === undefined) {
      response.writeHead(202).end();
      return;
    }
    switch (method) {
      case 'initialize':
        json(
          response,
          {
            id,
            result: {
              protocolVersion: params?.protocolVersion ?? null,
              capabilities: { tools: {} },
              serverInfo: { name: 'by-hand', version: '1' },
            },
          },
          { 'mcp-session-id': 'session-1' },
        );
        break;
      case 'tools/list':
        json(response, { id, result: { tools: [{ name: 'do', inputSchema: { type: 'object' } }] } });
        break;
      default:
        json(response, { id, error: { code: -32601, message: 'Method not found' } });
    }
  };

  const text = (value: string): JsonObject => ({ content: [{ type: 'text', text: value }] });

  describe('with the reference server "everything"', () => {
    let process_: ChildProcess;
    let port: number;

    beforeAll(async () => {
      port = await freePort();
      process_ = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], {
        env: { ...process.env, PORT: String(port) },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await new Promise<void>((resolve) => {
        process_.stderr?.on('data', (chunk: Buffer) => {
          if (chunk.toString().includes('listening')) resolve();
        });
      });
    });
    afterAll(() => {
      process_.kill('SIGKILL');
    });

    it('calls tools, several at once', async () => {
      const outputs = await Promise.all(
        ['a', 'b', 'c'].map((message) => harness.run(at(port), { tool: 'echo', inputs: { message } })),
      );
      expect(outputs).toMatchObject([
        { content: [{ text: 'Echo: a' }] },
        { content: [{ text: 'Echo: b' }] },
        { content: [{ text: 'Echo: c' }] },
      ]);
    });

    it('writes progress to the log', async () => {
      await harness.run(at(port), {
        tool: 'trigger-long-running-operation',
        inputs: { duration: 0.2, steps: 2 },
      });
      expect(harness.lines.map(({ message }) => message)).toContain('progress 1/2');
    });

    it('names the tools that are there when one is not', async () => {
      await expect(harness.run(at(port), { tool: 'nope' })).rejects.toMatchObject({
        code: 'UNKNOWN_TOOL',
        message: expect.stringContaining('echo') as string,
      });
    });
  });

  it('sends the configured headers, and connects once for calls that follow each other', async () => {
    const initialized: (string | undefined)[] = [];
    const seen: IncomingMessage['headers'][] = [];
    const port = await serve(
      ({ id }, response, request) => {
        seen.push(request.headers);
        json(response, { id: id ?? 0, result: text('done') });
      },
      (rpc, response, request) => {
        if (rpc.method === 'initialize') initialized.push(request.headers.authorization);
        handshake(rpc, response, request);
      },
    );
    const config = { ...at(port), headers: { Authorization: 'Bearer t' } };
    await harness.run(config, { tool: 'do' });
    await harness.run(config, { tool: 'do' });
    expect(initialized).toEqual(['Bearer t']);
    expect(seen).toMatchObject([
      { authorization: 'Bearer t', 'mcp-session-id': 'session-1' },
      { authorization: 'Bearer t', 'mcp-session-id': 'session-1' },
    ]);
  });

  it('speaks the newer era of the protocol with a server that does, without a session', async () => {
    const methods: string[] = [];
    const newer: Respond = ({ id, method }, response, request) => {
      methods.push(`${method} ${String(request.headers['mcp-protocol-version'])}`);
      const common = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
      const results: Record<string, JsonObject> = {
        'server/discover': { ...common, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } },
        'tools/list': { ...common, tools: [{ name: 'do', inputSchema: { type: 'object' } }] },
        'tools/call': { resultType: 'complete', ...text('done') },
      };
      json(response, { id: id ?? 0, result: results[method] ?? {} });
    };
    const port = await serve(newer, newer);
    expect(await harness.run(at(port), { tool: 'do' })).toMatchObject({ content: [{ text: 'done' }] });
    expect(methods).toEqual(
      ['server/discover', 'tools/list', 'tools/call'].map((one) => `${one} 2026-07-28`),
    );
  });

  it('refuses what a server of the newer era asks for without looking at what we can', async () => {
    const newer: Respond = ({ id, method }, response) => {
      const common = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
      const message = { messages: [], maxTokens: 1 };
      const results: Record<string, JsonObject> = {
        'server/discover': { ...common, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } },
        'tools/list': { ...common, tools: [{ name: 'do', inputSchema: { type: 'object' } }] },
        'tools/call': {
          resultType: 'input_required',
          inputRequests: { think: { method: 'sampling/createMessage', params: message } },
        },
      };
      json(response, { id: id ?? 0, result: results[method] ?? {} });
    };
    const port = await serve(newer, newer);
    await expect(harness.run(at(port), { tool: 'do' })).rejects.toMatchObject({
      code: 'TOOL_ERROR',
      retryable: false,
      message: expect.stringContaining('wants sampling/createMessage') as string,
    });
  });

  it.each(['elicitation/create', 'sampling/createMessage', 'roots/list'])(
    'refuses %s of a server of the earlier era, tells it why, and writes it to the log',
    async (method) => {
      const answered = Promise.withResolvers<JsonObject>();
      const port = await serve(
        ({ id }, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          const params = { message: 'Sure?', messages: [], maxTokens: 1 };
          response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 'q', method, params })}\n\n`);
          void answered.promise.then(() => {
            const result = { jsonrpc: '2.0', id, result: text('done without') };
            response.end(`data: ${JSON.stringify(result)}\n\n`);
          });
        },
        (rpc, response, request) => {
          const { error } = rpc as RpcRequest & { error?: JsonObject };
          if (error === undefined) handshake(rpc, response, request);
          else {
            answered.resolve(error);
            response.writeHead(202).end();
          }
        },
      );
      expect(await harness.run(at(port), { tool: 'do' })).toMatchObject({
        content: [{ text: 'done without' }],
      });
      expect(await answered.promise).toMatchObject({
        code: -32601,
        message: expect.stringContaining(method) as string,
      });
      expect(harness.lines).toMatchObject([
        { level: 'warn', message: expect.stringContaining(method) as string },
      ]);
    },
  );

  it('begins a new session when the server has forgotten the old one', async () => {
    let calls = 0;
    const port = await serve(({ id }, response) => {
      calls += 1;
      if (calls === 2) response.writeHead(404).end('no such session');
      else json(response, { id: id ?? 0, result: text(`call ${calls}`) });
    });
    await harness.run(at(port), { tool: 'do' });
    expect(await harness.run(at(port), { tool: 'do' })).toMatchObject({ content: [{ text: 'call 3' }] });
  });

  it('does not ask twice when a fresh connection is refused', async () => {
    let calls = 0;
    const port = await serve((_rpc, response) => {
      calls += 1;
      response.writeHead(404).end();
    });
    await expect(harness.run(at(port), { tool: 'do' })).rejects.toMatchObject({ code: 'UNEXPECTED_STATUS' });
    expect(calls).toBe(1);
  });

  it('fails with TOOL_ERROR and at most 2 KB of the tool’s words', async () => {
    const port = await serve(({ id }, response) => {
      json(response, { id: id ?? 0, result: { ...text(`no: ${'x'.repeat(10_000)}`), isError: true } });
    });
    const failure = harness.run(at(port), { tool: 'do' });
    await expect(failure).rejects.toMatchObject({
      code: 'TOOL_ERROR',
      message: expect.stringMatching(/^The tool "do" failed: no: x{2044}…$/) as string,
    });
  });

  it.each([
    [
      'a page',
      (_rpc: RpcRequest, response: ServerResponse) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ],
    ['202 and nothing', (_rpc: RpcRequest, response: ServerResponse) => response.writeHead(202).end()],
    [
      'broken JSON',
      (_rpc: RpcRequest, response: ServerResponse) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc"'),
    ],
    [
      'other JSON',
      (_rpc: RpcRequest, response: ServerResponse) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"hello":1}'),
    ],
    [
      'a broken event',
      (_rpc: RpcRequest, response: ServerResponse) =>
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"jsonrpc"\n\n'),
    ],
    [
      'a result of the wrong shape',
      ({ id }: RpcRequest, response: ServerResponse) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ jsonrpc: '2.0', id, result: { content: 'text' } })),
    ],
  ])('fails with PROTOCOL_ERROR on %s as the answer to a call', async (_what, respond) => {
    const port = await serve((rpc, response) => {
      respond(rpc, response);
    });
    await expect(harness.run(at(port), { tool: 'do' })).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it.each([
    ['a media type in capitals', 'Text/Event-Stream', 'data: ', '\n\n'],
    ['a byte order mark', 'application/json', '\ufeff', ''],
  ])('takes an answer with %s', async (_what, type, before, after) => {
    const port = await serve(({ id }, response) => {
      const answer = JSON.stringify({ jsonrpc: '2.0', id, result: text('done') });
      response.writeHead(200, { 'content-type': type }).end(`${before}${answer}${after}`);
    });
    expect(await harness.run(at(port), { tool: 'do' })).toMatchObject(text('done'));
  });

  it('fails with PROTOCOL_ERROR on a server that is no MCP server', async () => {
    const page: Respond = (_rpc, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    };
    const port = await serve(page, page);
    await expect(harness.run(at(port), { tool: 'do' })).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it.each([
    [401, false],
    [403, false],
    [500, true],
    [503, true],
  ])('fails with UNEXPECTED_STATUS on %d, retryable: %s', async (status, retryable) => {
    const refuse: Respond = (_rpc, response) => {
      response.writeHead(status).end();
    };
    const port = await serve(refuse, refuse);
    await expect(harness.run(at(port), { tool: 'do' })).rejects.toMatchObject({
      code: 'UNEXPECTED_STATUS',
      retryable,
      details: { status },
    });
  });

  it.each([
    ['before the answer', (response: ServerResponse) => response.destroy()],
    [
      'in the middle of a stream',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(': hello\n\n', () => response.destroy());
      },
    ],
    [
      'in good order, without the result',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': nothing to say\n\n');
      },
    ],
  ])('fails with CONNECTION_FAILED when the server hangs up %s', async (_when, hangUp) => {
    const port = await serve((_rpc, response) => {
      hangUp(response);
    });
    await expect(harness.run(at(port), { tool: 'do' })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  });

  it('fails with CONNECTION_FAILED when nobody listens', async () => {
    const port = await freePort();
    await expect(harness.run(at(port), { tool: 'do' })).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: `127.0.0.1:${port} refused the connection`,
    });
  });

  it('obeys the egress guard', async () => {
    const strict = new EgressGuard([]);
    const guarded = new McpServer(new McpUpstreams({ launcher: bareLauncher, egress: strict, version: '0' }));
    await expect(new ComponentHarness(guarded).run(at(80), { tool: 'do' })).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    });
    await guarded.close();
    await strict.close();
  });

  it.each(['application/json', 'text/event-stream'])(
    'refuses an answer over the limit (%s)',
    async (contentType) => {
      const port = await serve(({ id }, response) => {
        const body = JSON.stringify({ jsonrpc: '2.0', id, result: text('x'.repeat(5_000_000)) });
        response.writeHead(200, { 'content-type': contentType });
        response.end(contentType === 'application/json' ? body : `data: ${body}\n\n`);
      });
      await expect(harness.run(at(port), { tool: 'do' })).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    },
  );

  it('ends the request of a server that hangs when the time is over', async () => {
    const closed: Promise<unknown>[] = [];
    const port = await serve((_rpc, _response, request) => {
      closed.push(new Promise((resolve) => request.socket.once('close', resolve)));
    });
    await soonEnough(300, async (ms) => {
      const run = harness.run({ ...at(port), timeout_seconds: ms / 1_000 }, { tool: 'do' });
      await expect(run).rejects.toMatchObject({ code: 'TIMEOUT' });
      return closed.length === 0 ? null : Promise.all(closed);
    });
  });

  it.each([
    ['at once', ''],
    [
      'after news',
      'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"1"}}\n\n',
    ],
  ])('leaves a stream that its server does not end after the answer, which came %s', async (_when, news) => {
    const closed = Promise.withResolvers<undefined>();
    const port = await serve(({ id }, response) => {
      response.once('close', () => {
        closed.resolve(undefined);
      });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`${news}data: ${JSON.stringify({ jsonrpc: '2.0', id, result: text('done') })}\n\n`);
    });
    expect(await harness.run(at(port), { tool: 'do' })).toMatchObject(text('done'));
    await closed.promise;
  });

  it.each(['streamable_http', 'sse'])(
    'leaves a server over %s that says nothing when it is greeted, once the time is over',
    async (transport) => {
      const closed: Promise<unknown>[] = [];
      const server = createServer((request, response) => {
        closed.push(new Promise((resolve) => request.socket.once('close', resolve)));
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': wait\n\n');
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      await soonEnough(300, async (ms) => {
        const run = harness.run({ ...at(port), transport, timeout_seconds: ms / 1_000 }, { tool: 'do' });
        await expect(run).rejects.toMatchObject({ code: 'TIMEOUT' });
        return closed.length === 0 ? null : Promise.all(closed);
      });
    },
  );

  it.each([
    [401, 200, false],
    [503, 200, true],
    [200, 403, false],
    [200, 503, true],
  ])(
    'tells the status of a server over sse that answers GET with %d, POST with %d',
    async (get, post, retryable) => {
      const server = createServer(({ method }, response) => {
        if (method !== 'GET' || get !== 200) response.writeHead(method === 'GET' ? get : post).end();
        else {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write('event: endpoint\ndata: /messages\n\n');
        }
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      await expect(harness.run({ ...at(port), transport: 'sse' }, { tool: 'do' })).rejects.toMatchObject({
        code: 'UNEXPECTED_STATUS',
        message: `127.0.0.1:${port} answered HTTP ${get === 200 ? post : get}`,
        retryable,
      });
    },
  );
});
