import { SECURITY_HEADERS } from '../../src/common/http/security-headers.middleware';
import { eventually } from '../support/eventually';
import { type RunningRest, startRest } from '../support/start-rest';
import { startTcpProxy } from '../support/tcp-proxy';
import { createDatabase, dropDatabase } from '../support/test-database';

describe('errors and headers', () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest();
  });

  afterAll(async () => {
    await running.app.stop();
  });

  function send(path: string, init: RequestInit = {}, withKey = true): Promise<Response> {
    const headers = {
      ...(withKey && { 'x-api-key': running.key }),
      ...(init.headers as Record<string, string>),
    };
    return fetch(running.app.baseUrl + path, { ...init, headers });
  }

  const json = { 'content-type': 'application/json' };

  it.each<[string, string, RequestInit, number, object]>([
    [
      'a missing key',
      '/api/v1/mcp-definitions',
      { headers: { 'x-api-key': '' } },
      401,
      { detail: 'Invalid API key' },
    ],
    ['an unknown path', '/api/v1/nope', {}, 404, { detail: 'Resource not found' }],
    ['an unknown path outside the prefix', '/nope', {}, 404, { detail: 'Resource not found' }],
    ['the root', '/', {}, 404, { detail: 'Resource not found' }],
    ['a wrong method', '/api/v1/mcp-definitions', { method: 'PATCH' }, 405, { code: 'METHOD_NOT_ALLOWED' }],
    ['a wrong method outside the prefix', '/health', { method: 'POST' }, 405, { code: 'METHOD_NOT_ALLOWED' }],
    [
      'broken JSON',
      '/api/v1/mcp-definitions',
      { method: 'POST', headers: json, body: '{"name": }' },
      400,
      { detail: expect.stringContaining('not valid JSON') as string },
    ],
    [
      'a body of another type',
      '/api/v1/mcp-definitions',
      { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' },
      415,
      { code: 'UNSUPPORTED_MEDIA_TYPE' },
    ],
    [
      'no body',
      '/api/v1/mcp-definitions',
      { method: 'POST' },
      400,
      { detail: 'The body must be a JSON object, sent as application/json' },
    ],
    [
      'a body over the limit',
      '/api/v1/mcp-definitions',
      { method: 'POST', headers: json, body: `"${'x'.repeat(1024 * 1024)}"` },
      413,
      { code: 'PAYLOAD_TOO_LARGE' },
    ],
    [
      'a body that is not packed as it says',
      '/api/v1/mcp-definitions',
      { method: 'POST', headers: { ...json, 'content-encoding': 'br' }, body: '{"name": "plain"}' },
      400,
      { detail: 'The body is not what its Content-Encoding says', code: 'INVALID_REQUEST' },
    ],
    [
      'a path that cannot be decoded',
      '/api/v1/mcp-definitions/%E0%A4%A',
      {},
      400,
      { code: 'INVALID_REQUEST' },
    ],
  ])('answers %s in one shape, with every security header', async (_case, path, init, status, body) => {
    const response = await send(path, init);
    const received = (await response.json()) as { detail: unknown };
    expect([response.status, received]).toMatchObject([status, body]);
    expect(typeof received.detail).toBe('string');
    for (const [name, value] of SECURITY_HEADERS) expect(response.headers.get(name)).toBe(value);
  });

  it.each(['/health', '/api/docs', '/api/v1/openapi.json', '/api/v1/mcp-definitions'])(
    'sends the security headers with %s',
    async (path) => {
      const response = await send(path);
      expect(response.status).toBe(200);
      for (const [name, value] of SECURITY_HEADERS) expect(response.headers.get(name)).toBe(value);
      expect(response.headers.get('x-powered-by')).toBeNull();
    },
  );

  it('says which methods a path takes', async () => {
    const response = await send('/api/v1/mcp-definitions', { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
  });
});

it('answers 503 while the database is away, shows nothing of it, and recovers', async () => {
  const url = await createDatabase();
  const proxy = await startTcpProxy(url);
  try {
    const { app, rest } = await startRest({ env: { DATABASE_URL: proxy.url } });
    expect((await rest.get('/mcp-definitions')).status).toBe(200);
    proxy.cut();
    const refused = await rest.get('/mcp-definitions');
    expect([refused.status, refused.body]).toMatchObject([
      503,
      { detail: 'The database is not reachable or is held up, try again', code: 'UNAVAILABLE' },
    ]);
    await proxy.mend();
    await eventually(async () => (await rest.get('/mcp-definitions')).status === 200);
    await app.stop();
  } finally {
    proxy.cut();
    await dropDatabase(url);
  }
});
