import { RestClient } from '../support/rest-client';
import { type RunningRest, startRest } from '../support/start-rest';

/** Limits so small that a test reaches them within a window. */
function startLimited(env: Record<string, string> = {}): Promise<RunningRest> {
  return startRest({ env: { RATE_LIMIT_PER_MINUTE: '5', RATE_LIMIT_AUTH_FAILURES_PER_MINUTE: '3', ...env } });
}

interface Limits {
  readonly status: number;
  readonly limit: string | null;
  readonly remaining: string | null;
  readonly reset: string | null;
  readonly retryAfter: string | null;
}

async function ask({ app, key }: RunningRest, path: string, init: RequestInit = {}): Promise<Limits> {
  const headers = { 'x-api-key': key, ...(init.headers as Record<string, string> | undefined) };
  const response = await fetch(app.baseUrl + path, { ...init, headers });
  await response.text();
  const header = (name: string): string | null => response.headers.get(name);
  return {
    status: response.status,
    limit: header('x-ratelimit-limit'),
    remaining: header('x-ratelimit-remaining'),
    reset: header('x-ratelimit-reset'),
    retryAfter: header('retry-after'),
  };
}

const list = '/api/v1/mcp-definitions';
const json = { 'content-type': 'application/json' };

describe('the limit of requests', () => {
  it('is 100 a minute for an address by default', async () => {
    const running = await startRest({ env: { RATE_LIMIT_PER_MINUTE: '' } });
    try {
      expect(await ask(running, list)).toMatchObject({ status: 200, limit: '100', remaining: '99' });
    } finally {
      await running.app.stop();
    }
  });

  it('counts down, then answers 429 with the time to wait', async () => {
    const running = await startLimited();
    try {
      for (const remaining of ['4', '3', '2', '1', '0']) {
        expect(await ask(running, list)).toMatchObject({ status: 200, limit: '5', remaining });
      }
      const refused = await ask(running, list);
      expect(refused).toMatchObject({ status: 429, limit: '5', remaining: '0' });
      expect(refused.retryAfter).toBe(refused.reset);
      expect(Number(refused.retryAfter)).toBeGreaterThan(0);
      expect(Number(refused.retryAfter)).toBeLessThanOrEqual(60);
      const { status, body } = await running.rest.get('/mcp-definitions');
      expect([status, body]).toMatchObject([429, { detail: 'Rate limit exceeded', code: 'RATE_LIMITED' }]);
    } finally {
      await running.app.stop();
    }
  });

  it('does not count health and metrics, and lets them through when all is used up', async () => {
    const running = await startLimited();
    try {
      for (let count = 0; count < 8; count += 1) {
        for (const path of ['/health', '/api/v1/health', '/api/v1/metrics', '/api/v1/metrics/summary']) {
          expect(await ask(running, path)).toMatchObject({ status: 200, limit: '5', remaining: '5' });
        }
      }
      for (let count = 0; count < 6; count += 1) await ask(running, list);
      expect(await ask(running, '/health')).toMatchObject({ status: 200, remaining: '0' });
      expect((await ask(running, list)).status).toBe(429);
    } finally {
      await running.app.stop();
    }
  });

  it('cannot be evaded by headers that a client may make up', async () => {
    const running = await startLimited();
    try {
      for (let count = 0; count < 6; count += 1) {
        const forwarded = `198.51.100.${count}`;
        const headers = {
          'x-forwarded-for': forwarded,
          'x-real-ip': forwarded,
          forwarded: `for=${forwarded}`,
        };
        expect((await ask(running, list, { headers })).status).toBe(count < 5 ? 200 : 429);
      }
    } finally {
      await running.app.stop();
    }
  });

  it('counts by what the trusted proxy says, whatever the client says before it', async () => {
    const running = await startLimited({ TRUST_PROXY: '1' });
    try {
      const from = (address: string, count: number): Promise<Limits> =>
        ask(running, list, { headers: { 'x-forwarded-for': `10.9.8.${count}, ${address}` } });
      for (let count = 0; count < 6; count += 1) {
        expect((await from('198.51.100.1', count)).status).toBe(count < 5 ? 200 : 429);
      }
      expect((await from('198.51.100.2', 0)).status).toBe(200);
    } finally {
      await running.app.stop();
    }
  });
});

describe('the headers of the limit', () => {
  let running: RunningRest;
  let runId: string;

  beforeAll(async () => {
    running = await startRest();
    const workflow = await running.rest.post<{ id: string }>('/workflow-definitions', {
      name: 'nothing',
      steps: [{ id: 'only', uses: { builtin: 'set' }, inputs: 1 }],
    });
    const run = await running.rest.post<{ id: string }>('/workflow-runs', {
      workflow_definition_id: workflow.body.id,
    });
    runId = run.body.id;
  });

  afterAll(async () => {
    await running.app.stop();
  });

  it.each<[string, number, string, RequestInit?]>([
    ['success', 200, list],
    ['a refused key', 401, list, { headers: { 'x-api-key': 'mcp_no' } }],
    ['an unknown path', 404, '/api/v1/nope'],
    ['an unknown path outside the prefix', 404, '/nope'],
    ['a wrong method', 405, list, { method: 'PATCH' }],
    ['broken JSON', 400, list, { method: 'POST', headers: json, body: '{' }],
    ['a body over the limit', 413, list, { method: 'POST', headers: json, body: `"${'x'.repeat(2 ** 20)}"` }],
    ['a body of another type', 415, list, { method: 'POST', headers: { 'content-type': 'a/b' }, body: 'x' }],
    ['the docs', 200, '/api/docs'],
    ['a static file', 200, '/api/docs/swagger-ui.css'],
    ['the OpenAPI document', 200, '/api/v1/openapi.json'],
    ['health', 200, '/health'],
  ])('come with %s (%i)', async (_case, status, path, init = {}) => {
    expect(await ask(running, path, init)).toEqual({
      status,
      limit: '1000000',
      remaining: expect.stringMatching(/^9\d{5}$/) as string,
      reset: expect.stringMatching(/^[1-5]?\d$|^60$/) as string,
      retryAfter: null,
    });
  });

  it('come with a stream', async () => {
    expect(await ask(running, `/api/v1/workflow-runs/${runId}/stream`)).toMatchObject({
      status: 200,
      limit: '1000000',
    });
  });
});

describe('the limit of failed authentications', () => {
  let running: RunningRest;

  beforeEach(async () => {
    running = await startLimited({ RATE_LIMIT_PER_MINUTE: '1000' });
  });

  afterEach(async () => {
    await running.app.stop();
  });

  const guess = (count: number, path = '/mcp-definitions'): Promise<number> =>
    running.rest
      .withKey(`mcp_guess${count}`)
      .get(path)
      .then(({ status }) => status);

  it('refuses further guesses of an address before they are looked at, and says when to come back', async () => {
    for (let count = 0; count < 3; count += 1) expect(await guess(count)).toBe(401);
    expect(await guess(3)).toBe(429);
    const refused = await ask(running, list, { headers: { 'x-api-key': 'mcp_guess' } });
    expect(refused).toMatchObject({ status: 429, retryAfter: expect.stringMatching(/^\d+$/) as string });
    expect(running.app.logs.filter(({ msg }) => msg.includes('failed to authenticate'))).toHaveLength(1);
  });

  it('cannot be evaded by way of the metrics, which are not counted otherwise', async () => {
    for (let count = 0; count < 3; count += 1) expect(await guess(count, '/metrics')).toBe(401);
    expect(await guess(3, '/metrics')).toBe(429);
  });

  it('does not lock out those who were let in from the same address before', async () => {
    expect((await running.rest.get('/mcp-definitions')).status).toBe(200);
    for (let count = 0; count < 5; count += 1) await guess(count);
    expect(await guess(6)).toBe(429);
    expect((await running.rest.get('/mcp-definitions')).status).toBe(200);
  });

  it('counts no request without a key as a guess, and leaves what needs none open', async () => {
    const anonymous = new RestClient(running.app.baseUrl, null);
    for (let count = 0; count < 5; count += 1) {
      expect((await anonymous.get('/mcp-definitions')).status).toBe(401);
    }
    for (let count = 0; count < 4; count += 1) await guess(count);
    expect(await guess(5, '/health')).toBe(200);
    expect((await anonymous.get('/mcp-definitions')).status).toBe(401);
  });
});
