import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { RestClient } from '../support/rest-client';
import { RunClient } from '../support/run-client';
import { startApp, type RunningApp } from '../support/start-app';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

const VALUE = 'tok/en+of some=length';
const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';
const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');

interface SecretBody {
  readonly id: string;
  readonly name: string;
}

interface ErrorBody {
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly users?: readonly { readonly id: string }[];
}

/** What a far side was asked. */
interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

describe('secrets', () => {
  let databaseUrl: string;
  let running: RunningRest;
  /** Another process on the same database. */
  let worker: RunningApp;
  let rest: RestClient;
  let runs: RunClient;
  let farSide: Server;
  let farUrl: string;
  const seen: Seen[] = [];

  beforeAll(async () => {
    // Answers with all that it was sent, as careless servers do in their errors.
    farSide = createServer(({ url = '', headers }, response) => {
      seen.push({ url, headers });
      response.setHeader('x-echo', Buffer.from(headers.authorization ?? '').toString('base64'));
      response.statusCode = url.startsWith('/refuse') ? 403 : 200;
      response.end(JSON.stringify({ url, headers }));
    }).listen(0, '127.0.0.1');
    await once(farSide, 'listening');
    farUrl = `http://127.0.0.1:${(farSide.address() as AddressInfo).port}`;
    databaseUrl = await createDatabase();
    const env = { DATABASE_URL: databaseUrl, EGRESS_ALLOW: 'loopback', ALLOW_UNSANDBOXED_CODE: 'true' };
    running = await startRest({ env: { ...env, ROLE: 'api' } });
    worker = await startApp({ env: { ...env, ROLE: 'worker' } });
    ({ rest } = running);
    runs = new RunClient(rest);
  });

  afterAll(async () => {
    await Promise.all([running.app.stop(), worker.stop()]);
    farSide.close();
    await dropDatabase(databaseUrl);
  });

  async function store(name: string, value = VALUE): Promise<SecretBody> {
    const answer = await rest.post<SecretBody>('/secrets', { name, value });
    expect(answer.status).toBe(201);
    return answer.body;
  }

  /** Runs a component once; gives all that the API tells of the run. */
  async function runOnce(config: { type: string; [field: string]: unknown }, uses = {}): Promise<string> {
    const component = await runs.createComponent(config);
    const steps = [{ id: 'only', uses: { mcp_definition_id: component, ...uses } }];
    const runId = await runs.start(await runs.createWorkflow({ steps }));
    await runs.ended(runId);
    const answers = await Promise.all(
      ['', '/steps', '/stream'].map((path) => rest.text(`/workflow-runs/${runId}${path}`)),
    );
    return [...answers, await rest.text(`/mcp-definitions/${component}`)].join('\n');
  }

  it('are listed and shown without their values', async () => {
    const secret = await store('SHOWN');
    const answers = await Promise.all(['/secrets', `/secrets/${secret.id}`].map((path) => rest.text(path)));
    for (const answer of answers) {
      expect(answer).toContain('"SHOWN"');
      expect(answer).not.toContain(VALUE);
      expect(answer).not.toContain('sealed');
    }
  });

  it('reach the far side of a request and nobody else, whatever it answers', async () => {
    await store('HTTP_TOKEN');
    const config = {
      type: 'http_request',
      url: `${farUrl}/data?token=\${{ secrets.HTTP_TOKEN }}`,
      headers: { authorization: 'Bearer ${{ secrets.HTTP_TOKEN }}' },
    };
    const told = await runOnce(config);
    const { url, headers } = seen.at(-1) ?? { url: '', headers: {} };
    expect(url).toBe(`/data?token=${encodeURIComponent(VALUE)}`);
    expect(headers.authorization).toBe(`Bearer ${VALUE}`);
    expect(told).toContain('"succeeded"');
    expect(told).toContain('[redacted HTTP_TOKEN]');
    expect(told).toContain('${{ secrets.HTTP_TOKEN }}');
    const refused = await runOnce({ ...config, url: `${farUrl}/refuse` });
    expect(refused).toContain('UNEXPECTED_STATUS');
    for (const text of [told, refused, ...worker.logs.map((line) => JSON.stringify(line))]) {
      expect(text).not.toContain(VALUE);
      expect(text).not.toContain(encodeURIComponent(VALUE));
      expect(text).not.toContain(Buffer.from(VALUE).toString('base64').slice(0, 20));
    }
  });

  it('reach the process of an MCP server, and are taken out of what its tools tell', async () => {
    await store('SERVER_TOKEN');
    const told = await runOnce(
      {
        type: 'mcp_server',
        transport: 'stdio',
        command: process.execPath,
        args: [EVERYTHING, 'stdio'],
        env: { SERVER_TOKEN: '${{ secrets.SERVER_TOKEN }}' },
      },
      { tool: 'get-env' },
    );
    expect(told).toContain('[redacted SERVER_TOKEN]');
    expect(told).not.toContain(VALUE);
  });

  it('have their new value in the next attempt, also in another process', async () => {
    const { id } = await store('CHANGING');
    const config = {
      type: 'http_request',
      url: `${farUrl}/changing`,
      headers: { 'x-token': '${{ secrets.CHANGING }}' },
    };
    await runOnce(config);
    expect(seen.at(-1)?.headers['x-token']).toBe(VALUE);
    expect((await rest.put(`/secrets/${id}`, { value: 'another-value' })).status).toBe(200);
    await runOnce(config);
    expect(seen.at(-1)?.headers['x-token']).toBe('another-value');
  });

  it('cannot be referred to before they exist, nor deleted while a component refers to them', async () => {
    const config = { type: 'http_request', url: farUrl, headers: { 'x-token': 'a ${{ secrets.LATER }}' } };
    const body = { name: 'refers', mcp_type: config.type, config };
    const early = await rest.post<ErrorBody>('/mcp-definitions', body);
    expect(early.status).toBe(400);
    expect(early.body.errors).toEqual([
      {
        path: 'config.headers["x-token"]',
        message: 'refers to the secret "LATER", which there is not: create it first',
      },
    ]);
    const secret = await store('LATER');
    const component = await rest.post<{ id: string }>('/mcp-definitions', body);
    expect(component.status).toBe(201);
    const used = await rest.delete<ErrorBody>(`/secrets/${secret.id}`);
    expect(used.status).toBe(409);
    expect(used.body.users).toEqual([{ type: 'mcp_definition', id: component.body.id, name: 'refers' }]);
    await rest.delete(`/mcp-definitions/${component.body.id}`);
    expect((await rest.delete(`/secrets/${secret.id}`)).status).toBe(200);
    expect((await rest.get(`/secrets/${secret.id}`)).status).toBe(404);
  });

  it('need the scope `secrets` to be stored, and to be sent anywhere', async () => {
    await store('SCOPED');
    const { body } = await rest.post<{ key: string }>('/api-keys', {
      name: 'writer',
      scopes: ['read', 'write', 'run', 'code'],
    });
    const writer = rest.withKey(body.key);
    expect((await writer.get('/secrets')).status).toBe(200);
    expect((await writer.post('/secrets', { name: 'OTHER', value: VALUE })).status).toBe(403);
    const config = { type: 'http_request', url: `${farUrl}/\${{ secrets.SCOPED }}` };
    const refused = await writer.post('/mcp-definitions', { name: 'thief', mcp_type: config.type, config });
    expect(refused.status).toBe(403);
  });

  it('are not read out of the parameters of a run', async () => {
    await store('NOT_MEANT');
    const echo = await runs.createComponent({
      type: 'typescript_script',
      code: 'export default (inputs) => inputs',
    });
    const workflow = await runs.createWorkflow({
      steps: [{ id: 'echo', uses: { mcp_definition_id: echo }, inputs: { text: '${{ params.text }}' } }],
      result: '${{ steps.echo.output.text }}',
    });
    const run = await runs.start(workflow, { text: '${{ secrets.NOT_MEANT }}' });
    expect((await runs.ended(run)).result).toBe('${{ secrets.NOT_MEANT }}');
  });

  it.each([
    [{ name: 'X', value: 'short' }, 'value', 'must be 8 to 16384 characters long'],
    [{ name: 'X', value: ' leading-blank' }, 'value', 'must not begin or end with a blank'],
    [{ name: 'X', value: 'with ${{ inside' }, 'value', 'must not hold "${{"'],
    [{ name: '1X', value: VALUE }, 'name', 'must be 1 to 128 letters, digits and underscores'],
    [{ name: 'X', value: VALUE, id: UNKNOWN_ID }, 'id', 'is not a known field'],
  ])('refuse %j', async (body, path, message) => {
    const { status, body: answer } = await rest.post<ErrorBody>('/secrets', body);
    expect(status).toBe(400);
    expect(answer.errors?.[0]?.path).toBe(path);
    expect(answer.errors?.[0]?.message).toContain(message);
    expect(JSON.stringify(answer)).not.toContain(body.value);
  });

  it('have names of their own', async () => {
    await store('TWICE');
    expect((await rest.post('/secrets', { name: 'TWICE', value: VALUE })).status).toBe(409);
  });
});
