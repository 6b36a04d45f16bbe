import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Cluster } from '../support/cluster';
import { eventually } from '../support/eventually';
import type { RestAnswer } from '../support/rest-client';
import type { Run } from '../support/run-client';
import { expectGapless, expectOutcomesOnce } from '../support/run-history';
import { type SlowServer, startSlowServer } from '../support/slow-server';
import { readStream, type StreamEvent } from '../support/sse-client';

interface Invocation extends Run {
  readonly workflow_definition_id: string | null;
  readonly workflow_version: string | null;
  readonly mcp_definition_id: string | null;
  readonly mcp_version: string | null;
  readonly tool: string | null;
  readonly parameters: object;
  readonly labels: object;
  readonly rerun_of: string | null;
}

interface Page {
  readonly items: Invocation[];
  readonly total: number;
}

const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

/** Longer than any test runs. */
const ENDLESS_MS = 600_000;

/** The API and the worker are processes of their own. */
describe('POST /mcp-definitions/{id}/invoke', () => {
  let farSide: SlowServer;
  let cluster: Cluster;
  let adderId: string;
  let endlessId: string;

  beforeAll(async () => {
    farSide = await startSlowServer();
    cluster = await Cluster.start(1);
    const { client } = cluster;
    adderId = await client.createComponent({
      type: 'typescript_script',
      code: 'export default ({ a, b }) => { console.log("adding"); return { sum: a + b }; }',
    });
    endlessId = await client.createComponent({ type: 'http_request', url: `${farSide.url}/${ENDLESS_MS}/x` });
  });

  afterAll(async () => {
    await cluster.close();
    await farSide.close();
  });

  function invoke(id: string, body: object, idempotencyKey?: string): Promise<RestAnswer<Invocation>> {
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return cluster.client.rest.send<Invocation>('POST', `/mcp-definitions/${id}/invoke`, body, headers);
  }

  it('answers with the result of a call that ends within wait_seconds', async () => {
    const { status, body } = await invoke(adderId, {
      inputs: { a: 1, b: 2 },
      labels: { team: 'ops' },
      wait_seconds: 120,
    });
    expect([status, body]).toMatchObject([
      201,
      {
        status: 'succeeded',
        result: { sum: 3 },
        workflow_definition_id: null,
        workflow_version: null,
        mcp_definition_id: adderId,
        mcp_version: '1.0.0',
        tool: null,
        parameters: { a: 1, b: 2 },
        labels: { team: 'ops' },
      },
    ]);
  });

  it('records and streams the call as a run of one step', async () => {
    const { client } = cluster;
    const { body } = await invoke(adderId, { inputs: { a: 1, b: 2 } });
    await client.ended(body.id);
    const steps = await client.steps(body.id);
    expect(steps.items).toMatchObject([
      { id: 'invoke', status: 'succeeded', inputs: { a: 1, b: 2 }, output: { sum: 3 } },
    ]);
    const events: StreamEvent[] = [];
    await readStream(cluster.baseUrl, cluster.apiKey, body.id, 0, (event) => events.push(event) > 0);
    expectGapless(events);
    expectOutcomesOnce(events, steps);
    expect(events.filter(({ type }) => type === 'log').map(({ data }) => data)).toMatchObject([
      { step_id: 'invoke', message: 'adding' },
    ]);
  });

  it('answers with the run as it stands when the time to wait is over, and the run goes on', async () => {
    const { client } = cluster;
    const { status, body } = await invoke(endlessId, { wait_seconds: 0.5 });
    expect([status, body.ended_at]).toEqual([201, null]);
    await eventually(() => farSide.calls.some((call) => call.idempotencyKey === `${body.id}:invoke`));
    expect((await client.cancel(body.id)).status).toBe(200);
    expect((await client.ended(body.id)).status).toBe('cancelled');
  });

  it('tells of a call that failed by the status and the error of its run', async () => {
    const { status, body } = await invoke(adderId, { inputs: { get: 'nothing' }, wait_seconds: 120 });
    expect([status, body.status, body.result]).toEqual([201, 'succeeded', { sum: null }]);
    const failing = await cluster.client.createComponent({
      type: 'http_request',
      url: `${farSide.url}/0/x`,
      expect_status: 299,
    });
    const failed = await invoke(failing, { wait_seconds: 120 });
    expect([failed.status, failed.body]).toMatchObject([
      201,
      { status: 'failed', error: { code: 'UNEXPECTED_STATUS', step_id: 'invoke' } },
    ]);
  });

  it('calls the version that is named, else the latest', async () => {
    const { client } = cluster;
    const id = await client.createComponent({ type: 'typescript_script', code: 'export default () => 1' });
    await client.rest.put(`/mcp-definitions/${id}`, {
      config: { type: 'typescript_script', code: 'export default () => 2' },
    });
    const latest = await invoke(id, { wait_seconds: 120 });
    const first = await invoke(id, { wait_seconds: 120, version: '1.0.0' });
    expect([latest.body, first.body]).toMatchObject([
      { mcp_version: '1.1.0', result: 2 },
      { mcp_version: '1.0.0', result: 1 },
    ]);
  });

  it('gives the same run for the same Idempotency-Key and request, and 422 for another request', async () => {
    const first = await invoke(adderId, { inputs: { a: 1, b: 2 } }, 'once');
    const again = await invoke(adderId, { inputs: { a: 1, b: 2 }, wait_seconds: 120 }, 'once');
    expect([again.body.id, again.body.result]).toEqual([first.body.id, { sum: 3 }]);
    const other = await invoke(adderId, { inputs: { a: 1, b: 3 } }, 'once');
    expect([other.status, other.body]).toMatchObject([422, { code: 'UNPROCESSABLE' }]);
  });

  it.each([
    [{ inputs: [] }, 'inputs'],
    [{ tool: 'add' }, 'tool'],
    [{ tool: '' }, 'tool'],
    [{ version: '1' }, 'version'],
    [{ version: '9.0.0' }, 'version'],
    [{ wait_seconds: 301 }, 'wait_seconds'],
    [{ wait_seconds: '1' }, 'wait_seconds'],
    [{ labels: { team: 1 } }, 'labels'],
    [{ parameters: {} }, 'parameters'],
  ])('refuses %j, naming %s', async (body, path) => {
    const answer = await invoke(adderId, body);
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { errors: [{ path: expect.stringContaining(path) as string }] },
    ]);
  });

  it('asks for the tool of an mcp_server before anything runs', async () => {
    const id = await cluster.client.createComponent({
      type: 'mcp_server',
      transport: 'streamable_http',
      url: 'http://127.0.0.1:9/mcp',
    });
    const answer = await invoke(id, {});
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path: 'tool' }] }]);
  });

  describe('of a component with schemas', () => {
    let id: string;

    beforeAll(async () => {
      const config = { type: 'typescript_script', code: 'export default ({ give }) => give' };
      const created = await cluster.client.rest.post<{ id: string }>('/mcp-definitions', {
        name: 'gives what it is told',
        mcp_type: config.type,
        config,
        input_schema: {
          type: 'object',
          required: ['give'],
          additionalProperties: false,
          properties: { give: {} },
        },
        output_schema: { type: 'object', properties: { n: { type: 'integer' } } },
      });
      id = created.body.id;
    });

    it('refuses inputs that break its schema, and records nothing', async () => {
      const answer = await invoke(id, { inputs: { take: 1 } });
      expect([answer.status, answer.body]).toMatchObject([
        400,
        { errors: [{ path: 'inputs.give' }, { path: 'inputs.take' }] },
      ]);
      const runs = await cluster.client.rest.get<Page>(`/workflow-runs?mcp_definition_id=${id}`);
      expect(runs.body.total).toBe(0);
    });

    it('fails a call whose output breaks its schema, and takes one that fits', async () => {
      const good = await invoke(id, { inputs: { give: { n: 1 } }, wait_seconds: 120 });
      expect(good.body).toMatchObject({ status: 'succeeded', result: { n: 1 } });
      const bad = await invoke(id, { inputs: { give: { n: 'one' } }, wait_seconds: 120 });
      expect(bad.body).toMatchObject({
        status: 'failed',
        result: null,
        error: { code: 'OUTPUT_INVALID', message: expect.stringContaining('output.n: ') as string },
      });
    });

    it('fails a step of a workflow whose inputs break its schema, without another attempt', async () => {
      const { client } = cluster;
      const workflowId = await client.createWorkflow({
        steps: [
          {
            id: 'give',
            uses: { mcp_definition_id: id },
            inputs: '${{ params }}',
            retry: { max_attempts: 3, initial_ms: 1 },
          },
        ],
      });
      const run = await client.ended(await client.start(workflowId, { give: {}, more: 1 }));
      expect(run).toMatchObject({
        status: 'failed',
        error: { code: 'INVALID_INPUT', message: expect.stringContaining('inputs.more: ') as string },
      });
      const { items } = await client.steps(run.id);
      expect(items[0]?.attempts).toHaveLength(1);
    });
  });

  it('tries a step again no sooner than the far side asks for', async () => {
    const times: number[] = [];
    const busy = createServer((_request, response) => {
      times.push(Date.now());
      if (times.length === 1) response.writeHead(503, { 'retry-after': '1' });
      response.end();
    });
    busy.listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { client } = cluster;
    const id = await client.createComponent({
      type: 'http_request',
      url: `http://127.0.0.1:${(busy.address() as AddressInfo).port}/`,
    });
    const retry = { max_attempts: 2, initial_ms: 1, jitter: false };
    const workflowId = await client.createWorkflow({
      steps: [{ id: 'ask', uses: { mcp_definition_id: id }, retry }],
    });
    const run = await client.ended(await client.start(workflowId));
    busy.close();
    busy.closeAllConnections();
    expect(run.status).toBe('succeeded');
    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(1_000);
  });

  it('does not know a definition that is not there, and needs the scope run', async () => {
    expect((await invoke(UNKNOWN_ID, {})).status).toBe(404);
    const { rest } = cluster.client;
    const reader = await rest.post<{ key: string }>('/api-keys', {
      name: 'reader',
      scopes: ['read', 'write'],
    });
    const answer = await rest.withKey(reader.body.key).post(`/mcp-definitions/${adderId}/invoke`, {});
    expect(answer.status).toBe(403);
  });

  it('lists the run among others, by its component alone, and in the dashboard by its name', async () => {
    const { client } = cluster;
    const id = await client.createComponent({ type: 'typescript_script', code: 'export default () => 1' });
    const workflowId = await client.createWorkflow({
      steps: [{ id: 'a', uses: { mcp_definition_id: id } }],
    });
    const ofWorkflow = await client.start(workflowId);
    const { body: run } = await invoke(id, { wait_seconds: 120 });
    const all = await client.rest.get<Page>('/workflow-runs?limit=2');
    expect(
      all.body.items.map((item) => [item.id, item.mcp_definition_id, item.workflow_definition_id]),
    ).toEqual([
      [run.id, id, null],
      [ofWorkflow, null, workflowId],
    ]);
    const own = await client.rest.get<Page>(`/workflow-runs?mcp_definition_id=${id}`);
    expect([own.body.total, own.body.items[0]?.id]).toEqual([1, run.id]);

    const { body: definition } = await client.rest.get<{ name: string }>(`/mcp-definitions/${id}`);
    const { body: dashboard } = await client.rest.get<{ recent_workflow_runs: object[] }>(
      '/dashboard/summary',
    );
    expect(dashboard.recent_workflow_runs[0]).toMatchObject({
      id: run.id,
      workflow_definition_id: null,
      workflow_name: null,
      mcp_definition_id: id,
      mcp_name: definition.name,
    });
  });

  it('repeats the call on rerun, and takes no signals', async () => {
    const { client } = cluster;
    const { body: run } = await invoke(adderId, { inputs: { a: 20, b: 22 }, wait_seconds: 120 });
    const again = await client.rest.post<Invocation>(`/workflow-runs/${run.id}/rerun`);
    expect([again.status, again.body]).toMatchObject([
      201,
      { rerun_of: run.id, mcp_definition_id: adderId, mcp_version: '1.0.0' },
    ]);
    expect(await client.ended(again.body.id)).toMatchObject({ status: 'succeeded', result: { sum: 42 } });
    expect((await client.rest.post(`/workflow-runs/${run.id}/signals/invoke`, {})).status).toBe(400);
  });

  it('keeps its runs when the definition is deleted, which can then be neither called nor repeated', async () => {
    const { client } = cluster;
    const id = await client.createComponent({ type: 'typescript_script', code: 'export default () => 1' });
    const { body: run } = await invoke(id, { wait_seconds: 120 });
    expect((await client.rest.delete(`/mcp-definitions/${id}`)).status).toBe(200);
    expect(await client.get(run.id)).toMatchObject({
      mcp_definition_id: id,
      mcp_version: '1.0.0',
      result: 1,
    });
    expect((await client.steps(run.id)).items).toHaveLength(1);
    expect((await invoke(id, {})).status).toBe(404);
    expect((await client.rest.post(`/workflow-runs/${run.id}/rerun`)).status).toBe(404);
  });
});
