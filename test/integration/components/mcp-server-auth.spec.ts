import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { McpServer } from '../../../src/components/mcp-server/mcp-server';
import { McpUpstreams } from '../../../src/components/mcp-server/mcp-upstreams';
import type { JsonObject } from '../../../src/engine/core/json';
import { EgressGuard } from '../../../src/security/egress/egress-guard';
import { bareLauncher } from '../../support/bare-launcher';
import { ComponentHarness } from './component-harness';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe('mcp_server with auth', () => {
  const guard = new EgressGuard(['loopback']);
  const servers: Server[] = [];
  let harness: ComponentHarness;
  let type: McpServer;
  /** What the token endpoint was sent. */
  let asked: { readonly authorization: string | undefined; readonly form: URLSearchParams }[];
  /** Tokens that the MCP server takes. */
  let good: Set<string>;
  let tokenUrl: string;
  let url: string;
  let lifeSeconds: number;

  beforeEach(async () => {
    asked = [];
    good = new Set();
    lifeSeconds = 3600;
    type = new McpServer(new McpUpstreams({ launcher: bareLauncher, egress: guard, version: '0' }));
    harness = new ComponentHarness(type);
    tokenUrl = await serve((request, response, body) => {
      asked.push({ authorization: request.headers.authorization, form: new URLSearchParams(body) });
      const token = `token-${asked.length}`;
      good = new Set([token]);
      json(response, 200, { access_token: token, token_type: 'Bearer', expires_in: lifeSeconds });
    });
    url = await serve((request, response, body) => {
      const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      if (!good.has(token)) json(response, 401, {});
      else answer(response, body);
    });
  });
  afterEach(async () => {
    await type.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  afterAll(() => guard.close());

  async function serve(handle: Handler): Promise<string> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        handle(request, response, body);
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  function json(response: ServerResponse, status: number, body: JsonObject): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  /** As a server of the newer era does. */
  function answer(response: ServerResponse, body: string): void {
    const { id = null, method } = JSON.parse(body) as { id?: number; method: string };
    const common = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
    const results: Record<string, JsonObject> = {
      'server/discover': { ...common, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } },
      'tools/list': { ...common, tools: [{ name: 'do', inputSchema: { type: 'object' } }] },
      'tools/call': { resultType: 'complete', content: [{ type: 'text', text: 'done' }] },
    };
    json(response, 200, { jsonrpc: '2.0', id, result: results[method] ?? {} });
  }

  const credentials = (rest: JsonObject = {}): JsonObject => ({
    type: 'client_credentials',
    token_url: tokenUrl,
    client_id: 'me & you',
    client_secret: 'sec:ret',
    ...rest,
  });
  const run = (auth: JsonObject) => harness.run({ transport: 'streamable_http', url, auth }, { tool: 'do' });
  const DONE = { content: [{ text: 'done' }] };

  it('sends a bearer token with every request', async () => {
    good.add('fixed');
    expect(await run({ type: 'bearer', token: 'fixed' })).toMatchObject(DONE);
  });

  it('asks for a token once, by the client’s credentials, for calls that follow each other or come at once', async () => {
    const auth = credentials({ scope: 'read write', resource: 'https://mcp.example/', audience: 'mcp' });
    await Promise.all([run(auth), run(auth), run(auth)]);
    expect(await run(auth)).toMatchObject(DONE);
    expect(asked).toHaveLength(1);
    const [{ authorization, form } = { authorization: '', form: new URLSearchParams() }] = asked;
    expect(Buffer.from((authorization ?? '').slice('Basic '.length), 'base64').toString()).toBe(
      'me+%26+you:sec%3Aret',
    );
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'client_credentials',
      scope: 'read write',
      resource: 'https://mcp.example/',
      audience: 'mcp',
    });
  });

  it('sends the secret in the body where the provider wants it there', async () => {
    expect(await run(credentials({ client_auth: 'post' }))).toMatchObject(DONE);
    expect(asked[0]?.authorization).toBeUndefined();
    expect(asked[0]?.form.get('client_secret')).toBe('sec:ret');
  });

  it('asks anew for a token that the server refuses, and then calls once more', async () => {
    await run(credentials());
    good = new Set();
    expect(await run(credentials())).toMatchObject(DONE);
    expect(asked).toHaveLength(2);
  });

  it('asks anew before a token expires', async () => {
    lifeSeconds = 0.000_001;
    await run(credentials());
    const before = asked.length;
    await run(credentials());
    expect(asked.length).toBeGreaterThan(before);
  });

  it('gives up on a server that refuses every token', async () => {
    url = await serve((_request, response) => {
      json(response, 401, {});
    });
    await expect(run(credentials())).rejects.toMatchObject({
      code: 'UNEXPECTED_STATUS',
      details: { status: 401 },
    });
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it.each<[string, number, JsonObject, string, string]>([
    [
      'refuses',
      401,
      { error: 'invalid_client', error_description: 'sec:ret is wrong' },
      'UNEXPECTED_STATUS',
      'invalid_client',
    ],
    ['is down', 503, {}, 'UNEXPECTED_STATUS', 'HTTP 503'],
    ['gives something else', 200, { hello: 1 }, 'PROTOCOL_ERROR', 'gave no access token'],
  ])('says so when the token endpoint %s, and never its secret', async (_what, status, body, code, words) => {
    tokenUrl = await serve((_request, response) => {
      json(response, status, body);
    });
    const failure = await run(credentials()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect((failure as Error).message).not.toContain('sec:ret');
  });

  it('reaches the token endpoint through the egress guard, and follows no redirect from it', async () => {
    await expect(run(credentials({ token_url: 'http://169.254.169.254/token' }))).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    });
    tokenUrl = await serve((_request, response) => {
      response.writeHead(307, { location: url }).end();
    });
    await expect(run(credentials())).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it.each<[JsonObject, string]>([
    [{ auth: { type: 'bearer', token: 'a\nb' } }, 'auth.token'],
    [{ auth: { type: 'bearer', token: 'a' }, headers: { authorization: 'x' } }, 'headers.authorization'],
    [
      { auth: { type: 'client_credentials', token_url: 'ftp://a', client_id: 'a', client_secret: 'b' } },
      'auth.token_url',
    ],
  ])('finds the fault in %j', (part, path) => {
    const config = { type: 'mcp_server', transport: 'streamable_http', url: 'https://a.example', ...part };
    expect(type.checkConfig(config)).toMatchObject([{ path }]);
  });
});
