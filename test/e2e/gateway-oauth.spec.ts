import { startTokenIssuer, type TokenIssuer } from '../support/mcp/token-issuer';
import { type RunningRest, startRest } from '../support/start-rest';

const AUDIENCE = 'https://mcp.example.com/mcp';

describe('access tokens at the MCP endpoint', () => {
  let issuer: TokenIssuer;
  let running: RunningRest;

  beforeAll(async () => {
    issuer = await startTokenIssuer(AUDIENCE);
    running = await startRest({ env: { OAUTH_ISSUER: issuer.url, OAUTH_AUDIENCE: AUDIENCE } });
  });

  afterAll(async () => {
    await running.app.stop();
    await issuer.close();
  });

  function ask(token: string, method = 'tools/list', params: object = {}): Promise<Response> {
    return fetch(`${running.app.baseUrl}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
  }

  it('let in whom the issuer says', async () => {
    expect((await ask(await issuer.token())).status).toBe(200);
  });

  it.each<[string, Record<string, unknown>, boolean]>([
    ['that another has signed', {}, true],
    ['for another audience', { aud: 'https://other.example.com' }, false],
    ['of another issuer', { iss: 'https://issuer.example.com' }, false],
    ['that has expired', { exp: 1_000_000_000 }, false],
    ['without an end', { exp: undefined }, false],
    ['without a subject', { sub: undefined }, false],
  ])('are refused %s', async (_case, claims, isForged) => {
    const answer = await ask(await issuer.token(claims, isForged));
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="mcp-backend", error="invalid_token", ' +
        'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    ]);
  });

  it('are refused without a signature', async () => {
    const [, payload = ''] = (await issuer.token()).split('.');
    const head = Buffer.from('{"alg":"none"}').toString('base64url');
    expect((await ask(`${head}.${payload}.`)).status).toBe(401);
  });

  it('allow what their scopes say', async () => {
    const reader = await issuer.token({ scope: 'read' });
    expect((await ask(reader)).status).toBe(200);
    expect((await ask(reader, 'tools/call', { name: 'x' })).status).toBe(403);
    expect((await ask(await issuer.token({ scope: 'admin' }))).status).toBe(403);
  });

  it('open nothing else', async () => {
    const headers = { 'x-api-key': await issuer.token() };
    expect((await fetch(`${running.app.baseUrl}/api/v1/mcp-definitions`, { headers })).status).toBe(401);
  });

  it.each(['', '/mcp', '/mcp/support'])('are announced at the well-known path %s', async (path) => {
    const answer = await fetch(`${running.app.baseUrl}/.well-known/oauth-protected-resource${path}`);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        resource: AUDIENCE,
        authorization_servers: [issuer.url],
        scopes_supported: ['read', 'run'],
        bearer_methods_supported: ['header'],
        resource_name: 'mcp-backend',
      },
    ]);
  });
});
