import { SECURITY_HEADERS } from '../../src/common/http/security-headers.middleware';
import { sendRaw } from '../support/raw-http';
import { type RunningRest, startRest } from '../support/start-rest';

/** To the letter of the API reference. */
const PROMISED = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-XSS-Protection': '1; mode=block',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'Content-Security-Policy': "default-src 'self'",
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Permissions-Policy': 'geolocation=(), microphone=(), camera=()',
};

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

function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { 'x-api-key': running.key, ...(init.headers as Record<string, string> | undefined) };
  return fetch(running.app.baseUrl + path, { method, ...init, headers });
}

const json = { 'content-type': 'application/json' };
const definitions = '/api/v1/mcp-definitions';

it('are the seven of the API reference', () => {
  expect(Object.fromEntries(SECURITY_HEADERS)).toEqual(PROMISED);
});

it.each<[string, number, string, string | (() => string), RequestInit?]>([
  ['a list', 200, 'GET', definitions],
  ['HEAD', 200, 'HEAD', definitions],
  ['OPTIONS', 204, 'OPTIONS', definitions],
  ['health', 200, 'GET', '/health'],
  ['metrics', 200, 'GET', '/api/v1/metrics'],
  ['a stream', 200, 'GET', () => `/api/v1/workflow-runs/${runId}/stream`],
  ['an answer without a body', 204, 'GET', () => `/api/v1/workflow-runs/${runId}/stream?after=1000`],
  ['the docs', 200, 'GET', '/api/docs'],
  ['a static file', 200, 'GET', '/api/docs/swagger-ui.css'],
  ['a missing static file', 404, 'GET', '/api/docs/nope.css'],
  ['the OpenAPI document', 200, 'GET', '/api/v1/openapi.json'],
  ['a refused key', 401, 'GET', definitions, { headers: { 'x-api-key': 'mcp_no' } }],
  ['an unknown path', 404, 'GET', '/api/v1/nope'],
  ['an unknown path outside the prefix', 404, 'GET', '/nope'],
  ['a wrong method', 405, 'PATCH', definitions],
  ['a wrong method outside the prefix', 405, 'POST', '/health'],
  ['broken JSON', 400, 'POST', definitions, { headers: json, body: '{' }],
  ['broken JSON outside the prefix', 400, 'POST', '/nope', { headers: json, body: '{' }],
  ['a body over the limit', 413, 'POST', definitions, { headers: json, body: `"${'x'.repeat(2 ** 20)}"` }],
  [
    'a body of another type',
    415,
    'POST',
    definitions,
    { headers: { 'content-type': 'text/xml' }, body: 'x' },
  ],
  ['a path that cannot be decoded', 400, 'GET', `${definitions}/%zz`],
])('come with %s (%i)', async (_case, status, method, path, init = {}) => {
  // The stream is of a run that ends, and so ends too; the second one asks for what is past its end.
  if (status === 204 && method === 'GET')
    await (await send('GET', `/api/v1/workflow-runs/${runId}/stream`)).text();
  const response = await send(method, typeof path === 'string' ? path : path(), init);
  await response.text();
  expect(response.status).toBe(status);
  for (const [name, value] of Object.entries(PROMISED)) {
    expect([name, response.headers.get(name)]).toEqual([name, value]);
  }
});

it.each([
  ['what is no HTTP', 400, 'nonsense\r\n\r\n'],
  ['headers over the limit', 431, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['two lengths', 400, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  [
    'an unknown expectation',
    404,
    'GET /nope HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n',
  ],
])('come with %s, which Node would answer bare', async (_case, status, bytes) => {
  const answer = await sendRaw(running.app.baseUrl, bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  for (const [name, value] of Object.entries(PROMISED)) expect(answer).toContain(`\r\n${name}: ${value}\r\n`);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
    detail: expect.any(String) as string,
    code: expect.any(String) as string,
    request_id: expect.any(String) as string,
  });
});
