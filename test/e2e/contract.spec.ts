import { generateApiKey } from '../../src/api-keys/api-key-format';
import { endpointsOf, errorDetailsOf, headersOf, readContract, section } from '../support/reference/contract';
import { SCENARIOS } from '../support/reference/scenarios';
import { missingFrom } from '../support/reference/shape';
import { type RunningRest, startRest } from '../support/start-rest';

const PAGE = readContract();
const ENDPOINTS = endpointsOf(PAGE);
const ERRORS = errorDetailsOf(PAGE);
const SECURITY_HEADERS = headersOf(PAGE, 'Security Headers');
const RATE_LIMIT_HEADERS = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];
/** What takes skip and limit. */
const LISTS: ReadonlySet<string> = new Set([
  'GET /mcp-definitions',
  'GET /external-db-configs',
  'GET /api-keys',
]);
const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

/** Every sentence of the API reference that the product was asked for, held against the program. */
describe('the contract', () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest();
  });

  afterAll(async () => {
    await running.app.stop();
  });

  function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { 'x-api-key': running.key, ...(init.headers as Record<string, string>) };
    return fetch(running.app.baseUrl + path, { ...init, headers });
  }

  it('is read as it is meant: eighteen endpoints, six errors, seven headers', () => {
    expect(ENDPOINTS.map(({ name }) => name).toSorted()).toEqual(Object.keys(SCENARIOS).toSorted());
    expect([...ERRORS.keys()]).toEqual([400, 401, 403, 404, 429, 500]);
    expect(SECURITY_HEADERS).toHaveLength(7);
  });

  describe.each([...ENDPOINTS])('$name', ({ name, request, response }) => {
    const [method = ''] = name.split(' ');

    it('takes what is documented and answers with every documented field', async () => {
      const call = await SCENARIOS[name]?.(running.rest);
      if (call === undefined) throw new Error(`No scenario for ${name}`);
      if (request !== null) {
        expect(Object.keys(call.body ?? {}).toSorted()).toEqual(Object.keys(request as object).toSorted());
        expect(missingFrom(call.body, request)).toEqual([]);
      }
      const answer = await running.rest.send<Record<string, unknown>>(method, call.path, call.body);
      const isJson = !isText(name);
      expect([answer.status, answer.body]).toEqual([
        method === 'POST' ? 201 : 200,
        isJson ? expect.anything() : null,
      ]);
      if (!isJson) return;
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expect(missingFrom(answer.body, response)).toEqual([]);
      if (method === 'DELETE') expect(answer.body).toEqual(response);
      if (LISTS.has(name)) {
        expect(answer.body).toMatchObject({ skip: 0, limit: 10 });
      }
    });

    if (name !== 'GET /health') {
      it.each([
        ['no key', ''],
        ['a malformed key', 'mcp_1'],
        ['an unknown key', generateApiKey()],
      ])('answers 401 to %s', async (_case, key) => {
        const path = `/api/v1${(name.split(' ')[1] ?? '').replaceAll(/\{\w+\}/g, UNKNOWN_ID)}`;
        const answer = await ask(path, { method, headers: { 'x-api-key': key } });
        expect([answer.status, await answer.json()]).toMatchObject([401, { detail: ERRORS.get(401) }]);
      });
    }
  });

  it('answers health also without the prefix', async () => {
    const answer = await ask('/health');
    expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'healthy' }]);
  });

  it('streams server-sent events of the documented types, and of no other', async () => {
    const call = await SCENARIOS['GET /workflow-runs/{run_id}/stream']?.(running.rest);
    const answer = await ask(`/api/v1${call?.path ?? ''}`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const types = [...(await answer.text()).matchAll(/^event: (.+)$/gm)].map(([, type]) => type);
    expect(types.length).toBeGreaterThan(2);
    const documented = [
      ...section(PAGE, 'Endpoints').matchAll(/^- `(\w+)`: (?:Workflow status|Log|Partial)/gm),
    ];
    expect(documented.map(([, type]) => type)).toEqual(['status_change', 'log', 'result_preview']);
    expect(documented.map(([, type]) => type)).toEqual(expect.arrayContaining([...new Set(types)]));
  });

  it('gives metrics in the format of Prometheus', async () => {
    const answer = await ask('/api/v1/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('# '));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatch(/^[a-zA-Z_:][\w:]*(\{.*\})? (-?[\d.e+-]+|NaN|[+-]Inf)$/);
  });

  it('lists by skip, limit and mcp_type, with a true total', async () => {
    const before = await running.rest.get<{ total: number }>('/mcp-definitions');
    for (let made = 0; made < 12; made += 1) {
      const call = await SCENARIOS['POST /mcp-definitions']?.(running.rest);
      await running.rest.post('/mcp-definitions', call?.body);
    }
    const list = async (query: string): Promise<{ items: { id: string }[]; total: number }> =>
      (await running.rest.get<{ items: { id: string }[]; total: number }>(`/mcp-definitions${query}`)).body;
    const first = await list('');
    expect([first.items.length, first.total]).toEqual([10, before.body.total + 12]);
    expect((await list('?skip=3&limit=4')).items).toEqual(first.items.slice(3, 7));
    expect((await list('?mcp_type=mcp_server')).total).toBe(0);
    expect((await list('?mcp_type=http_request&limit=100')).items.length).toBe(first.total);
  });

  it.each(['?limit=101', '?limit=0', '?limit=ten', '?skip=-1', '?mcp_type=nope', '?unknown=1'])(
    'answers 400 to a list asked for by %s, and names the field',
    async (query) => {
      const answer = await ask(`/api/v1/mcp-definitions${query}`);
      const field = /\w+/.exec(query)?.[0] ?? '';
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { detail: expect.stringContaining(field) as string, code: 'INVALID_REQUEST' },
      ]);
    },
  );

  it('answers 403 to a key without the scope', async () => {
    const { body } = await running.rest.post<{ key: string }>('/api-keys', { name: 'r', scopes: ['read'] });
    const answer = await ask('/api/v1/mcp-definitions', {
      method: 'POST',
      headers: { 'x-api-key': body.key, 'content-type': 'application/json' },
      body: '{}',
    });
    expect([answer.status, await answer.json()]).toMatchObject([403, { detail: ERRORS.get(403) }]);
  });

  it.each([
    '/api/v1/nope',
    '/nope',
    `/api/v1/mcp-definitions/${UNKNOWN_ID}`,
    `/api/v1/workflow-runs/${UNKNOWN_ID}/stream`,
  ])('answers 404 in JSON at %s', async (path) => {
    const answer = await ask(path);
    expect([answer.status, await answer.json()]).toMatchObject([404, { detail: ERRORS.get(404) }]);
  });

  describe('on every kind of answer', () => {
    const json = { 'content-type': 'application/json' };
    const kinds: [kind: string, path: string, init: RequestInit, status: number][] = [
      ['JSON', '/api/v1/mcp-definitions', {}, 200],
      ['health', '/health', {}, 200],
      ['health below the prefix', '/api/v1/health', {}, 200],
      ['metrics', '/api/v1/metrics', {}, 200],
      ['the OpenAPI document', '/api/v1/openapi.json', {}, 200],
      ['the page of Swagger UI', '/api/docs', {}, 200],
      ['a static file', '/api/docs/swagger-ui.css', {}, 200],
      ['a missing static file', '/api/docs/nope.css', {}, 404],
      ['HEAD', '/api/v1/mcp-definitions', { method: 'HEAD' }, 200],
      ['OPTIONS', '/api/v1/mcp-definitions', { method: 'OPTIONS' }, 204],
      ['an invalid request', '/api/v1/mcp-definitions?limit=0', {}, 400],
      ['broken JSON', '/api/v1/mcp-definitions', { method: 'POST', headers: json, body: '{' }, 400],
      ['a path that cannot be decoded', '/api/v1/mcp-definitions/%E0%A4%A', {}, 400],
      ['a missing key', '/api/v1/mcp-definitions', { headers: { 'x-api-key': '' } }, 401],
      ['an unknown path', '/api/v1/nope', {}, 404],
      ['an unknown path outside the prefix', '/nope', {}, 404],
      ['a wrong method', '/api/v1/mcp-definitions', { method: 'PATCH' }, 405],
      [
        'another type',
        '/api/v1/mcp-definitions',
        { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' },
        415,
      ],
    ];

    it.each(kinds)('sends the security headers: %s', async (_kind, path, init, status) => {
      const answer = await ask(path, init);
      expect(answer.status).toBe(status);
      expect(SECURITY_HEADERS.map(([name]) => [name, answer.headers.get(name)])).toEqual(SECURITY_HEADERS);
    });

    it.each(kinds.filter(([, path]) => !/health|metrics/.test(path)))(
      'sends the headers of the rate limit: %s',
      async (_kind, path, init) => {
        const answer = await ask(path, init);
        const values = RATE_LIMIT_HEADERS.map((name) => answer.headers.get(name));
        expect(values).toEqual(RATE_LIMIT_HEADERS.map(() => expect.stringMatching(/^\d+$/) as string));
      },
    );

    it('sends both with a stream', async () => {
      const call = await SCENARIOS['GET /workflow-runs/{run_id}/stream']?.(running.rest);
      const answer = await ask(`/api/v1${call?.path ?? ''}`);
      await answer.body?.cancel();
      expect(SECURITY_HEADERS.map(([name]) => [name, answer.headers.get(name)])).toEqual(SECURITY_HEADERS);
      for (const name of RATE_LIMIT_HEADERS) expect(answer.headers.get(name)).toMatch(/^\d+$/);
    });
  });
});

describe('the rate limit of the contract', () => {
  it('grants an address 100 requests a minute, then answers 429 until the window ends, and never limits health', async () => {
    const { app, key } = await startRest({ env: { RATE_LIMIT_PER_MINUTE: '100' } });
    try {
      const ask = (path: string): Promise<Response> =>
        fetch(app.baseUrl + path, { headers: { 'x-api-key': key } });
      const first = await ask('/api/v1/mcp-types');
      expect(RATE_LIMIT_HEADERS.map((name) => Number(first.headers.get(name)))).toEqual([
        100,
        99,
        expect.any(Number),
      ]);
      const rest = await Promise.all(Array.from({ length: 99 }, () => ask('/api/v1/mcp-types')));
      expect(new Set(rest.map(({ status }) => status))).toEqual(new Set([200]));

      const refused = await ask('/api/v1/mcp-types');
      expect([refused.status, await refused.json()]).toMatchObject([429, { detail: ERRORS.get(429) }]);
      expect(refused.headers.get('X-RateLimit-Remaining')).toBe('0');
      const wait = Number(refused.headers.get('Retry-After'));
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(60);
      expect(Number(refused.headers.get('X-RateLimit-Reset'))).toBeLessThanOrEqual(60);
      expect((await ask('/api/v1/nope')).status).toBe(429);
      expect((await ask('/health')).status).toBe(200);
    } finally {
      await app.stop();
    }
  });
});

/** Answers that are no JSON have tests of their own. */
function isText(name: string): boolean {
  return name.endsWith('/stream') || name === 'GET /metrics';
}
