import { Pool } from 'pg';

import { eventually } from '../support/eventually';
import { RestClient } from '../support/rest-client';
import { RunClient } from '../support/run-client';
import { type RunningApp, startApp } from '../support/start-app';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

/** The value of one series; undefined when it is not there. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

async function scrape(
  app: RunningApp,
  key: string | null,
): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetch(`${app.baseUrl}/api/v1/metrics`, {
    ...(key !== null && { headers: { 'x-api-key': key } }),
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** Runs a workflow of these steps to its end. */
async function run(rest: RestClient, name: string, steps: object[]): Promise<string> {
  const workflow = await rest.post<{ id: string }>('/workflow-definitions', { name, steps });
  const started = await rest.post<{ id: string }>('/workflow-runs', {
    workflow_definition_id: workflow.body.id,
  });
  const path = `/workflow-runs/${started.body.id}`;
  await eventually(async () => (await rest.get<{ ended_at: string | null }>(path)).body.ended_at !== null);
  return started.body.id;
}

describe('GET /metrics', () => {
  let running: RunningRest;
  let runId: string;
  let text: string;

  beforeAll(async () => {
    running = await startRest();
    const { rest, app } = running;
    runId = await run(rest, 'well', [
      { id: 'a', uses: { builtin: 'set' }, inputs: 1 },
      { id: 'b', uses: { builtin: 'set' }, needs: ['a'], inputs: 2 },
      { id: 'c', uses: { builtin: 'set' }, needs: ['b'], when: 'false' },
    ]);
    await run(rest, 'badly', [{ id: 'a', uses: { builtin: 'fail' }, inputs: { message: 'no' } }]);
    await rest.get(`/workflow-runs/${runId}/steps`);
    await rest.get(`/no-such-thing/${runId}`);
    await rest.send('PATCH', '/mcp-definitions');
    await rest.withKey('mcp_no').get('/mcp-definitions');
    await fetch(`${app.baseUrl}/api/v1/workflow-runs/${runId}/stream`, {
      headers: { 'x-api-key': running.key },
    }).then((response) => response.text());
    // The last answer is counted when its connection has seen its end.
    await eventually(async () => {
      ({ text } = await scrape(app, running.key));
      return text.includes('{run_id}/stream');
    });
  });

  afterAll(async () => {
    await running.app.stop();
  });

  it("is Prometheus' text format", async () => {
    const { status, type } = await scrape(running.app, running.key);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const line of text.split('\n')) {
      expect(line).toMatch(/^$|^# (HELP|TYPE) |^[a-z_][a-z0-9_]*(\{.*\})? (Nan|[+-]?Inf|[\d.e+-]+)$/);
    }
  });

  it('needs a key that may read', async () => {
    expect((await scrape(running.app, null)).status).toBe(401);
    const { body } = await running.rest.post<{ key: string }>('/api-keys', {
      name: 'runner',
      scopes: ['run'],
    });
    expect((await scrape(running.app, body.key)).status).toBe(403);
  });

  it('counts requests by the template of their route, their method and their status', () => {
    const count = (labels: string): number | undefined =>
      valueOf(text, `http_request_duration_seconds_count{${labels}}`);
    expect(count('method="GET",route="/api/v1/workflow-runs/{run_id}/steps",status="200"')).toBe(1);
    expect(count('method="GET",route="/api/v1/workflow-runs/{run_id}/stream",status="200"')).toBe(1);
    expect(count('method="GET",route="/api/v1/mcp-definitions",status="401"')).toBe(1);
    expect(count('method="GET",route="unmatched",status="404"')).toBe(1);
    expect(count('method="PATCH",route="unmatched",status="405"')).toBe(1);
  });

  it('counts steps and runs by how they ended', () => {
    expect(valueOf(text, 'workflow_steps_total{type="builtin:set",outcome="succeeded"}')).toBe(2);
    expect(valueOf(text, 'workflow_steps_total{type="builtin:set",outcome="skipped"}')).toBe(1);
    expect(valueOf(text, 'workflow_steps_total{type="builtin:fail",outcome="failed"}')).toBe(1);
    expect(valueOf(text, 'workflow_runs_total{status="succeeded"}')).toBe(1);
    expect(valueOf(text, 'workflow_run_duration_seconds_count{status="failed"}')).toBe(1);
  });

  it('shows the database, the queue, the workers, the streams and the process', () => {
    expect(
      valueOf(text, 'database_operation_duration_seconds_count{pool="engine",operation="with",outcome="ok"}'),
    ).toBeGreaterThan(0);
    expect(valueOf(text, 'database_pool_max_connections{pool="api"}')).toBe(20);
    expect(valueOf(text, 'database_pool_waiting{pool="api"}')).toBe(0);
    expect(valueOf(text, 'workflow_queue_depth')).toBe(0);
    expect(valueOf(text, 'workflow_queue_oldest_seconds')).toBe(0);
    expect(valueOf(text, 'workflow_workers_alive')).toBe(1);
    expect(valueOf(text, 'workflow_run_streams_open')).toBe(0);
    expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(valueOf(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });

  it('has no ids in its labels', () => {
    expect(text).not.toContain(runId);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it('shows a stream while it is open', async () => {
    const workflow = await running.rest.post<{ id: string }>('/workflow-definitions', {
      name: 'waits',
      steps: [{ id: 'long', uses: { builtin: 'wait' }, inputs: { seconds: 600 } }],
    });
    const { body } = await running.rest.post<{ id: string }>('/workflow-runs', {
      workflow_definition_id: workflow.body.id,
    });
    const client = new AbortController();
    await fetch(`${running.app.baseUrl}/api/v1/workflow-runs/${body.id}/stream`, {
      headers: { 'x-api-key': running.key },
      signal: client.signal,
    });
    const open = async (): Promise<number | undefined> =>
      valueOf((await scrape(running.app, running.key)).text, 'workflow_run_streams_open');
    expect(await open()).toBe(1);
    client.abort();
    await eventually(async () => (await open()) === 0);
  });

  it('is summed up in exactly the fields of the API reference, from the same counters', async () => {
    const { status, body } = await running.rest.get<{ http_requests: { total: number } }>('/metrics/summary');
    expect([status, body]).toEqual([
      200,
      {
        http_requests: {
          total: expect.any(Number) as number,
          success_rate: expect.any(Number) as number,
          average_latency: expect.any(Number) as number,
        },
        database_operations: {
          total: expect.any(Number) as number,
          average_latency: expect.any(Number) as number,
        },
        workflow_steps: { total: 3, success_rate: 2 / 3, average_duration: expect.any(Number) as number },
      },
    ]);
    const counted = [...text.matchAll(/^http_request_duration_seconds_count\{.*\} (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
    expect(body.http_requests.total).toBeGreaterThanOrEqual(counted);
  });
});

/** Which of two runs gives way is in concurrency.spec.ts; what becomes of their count otherwise, in test/integration/engine. */
describe('workflow_runs_total', () => {
  let databaseUrl: string;
  let pool: Pool;
  let running: RunningRest;
  let client: RunClient;
  let workflow: string;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    pool = new Pool({ connectionString: databaseUrl, max: 1 });
    running = await startRest({ env: { DATABASE_URL: databaseUrl } });
    client = new RunClient(running.rest);
    workflow = await client.createWorkflow({
      concurrency: { key: '"the only one"', on_conflict: 'cancel_running' },
      steps: [{ id: 'hold', uses: { builtin: 'signal' } }],
    });
  });

  afterAll(async () => {
    await running.app.stop();
    await pool.end();
    await dropDatabase(databaseUrl);
  });

  async function cancelled(): Promise<number> {
    const { text } = await scrape(running.app, running.key);
    return valueOf(text, 'workflow_runs_total{status="cancelled"}') ?? 0;
  }

  async function make(path: string, body: object): Promise<{ readonly id: string; readonly path: string }> {
    const answer = await running.rest.post<{ id: string; path: string }>(path, body);
    expect([answer.status, answer.body]).toMatchObject([201, {}]);
    return answer.body;
  }

  async function rerun(headers: Record<string, string> = {}): Promise<() => Promise<unknown>> {
    const source = await client.start(workflow);
    await client.cancel(source);
    await client.ended(source);
    return () => running.rest.send('POST', `/workflow-runs/${source}/rerun`, undefined, headers);
  }

  /** How a run is started, prepared beforehand. */
  const ways: Record<string, () => Promise<() => Promise<unknown>>> = {
    'a caller': () => Promise.resolve(() => client.start(workflow)),
    'a caller with an Idempotency-Key': () =>
      Promise.resolve(() => client.startAnswer({ workflow_definition_id: workflow }, 'start')),
    'a rerun': () => rerun(),
    'a rerun with an Idempotency-Key': () => rerun({ 'idempotency-key': 'rerun' }),
    'a webhook': async () => {
      const { path } = await make('/webhooks', { name: 'posts', workflow_definition_id: workflow });
      const headers = { 'content-type': 'application/json' };
      return () => fetch(running.app.baseUrl + path, { method: 'POST', headers, body: '{}' });
    },
    'a schedule': async () => {
      // Far from now: it fires when the test says so.
      const body = { name: 'fires', workflow_definition_id: workflow, cron: '0 0 1 1 *' };
      const { id } = await make('/schedules', body);
      return () => pool.query('UPDATE schedules SET next_at = now() WHERE id = $1', [id]);
    },
    'a step of another run': async () => {
      const outer = await client.createWorkflow({
        steps: [{ id: 'sub', uses: { workflow_definition_id: workflow } }],
      });
      return () => client.start(outer);
    },
  };

  it.each(Object.entries(ways))(
    'counts once a run that nobody holds and that gives way to one started by %s',
    async (_who, prepare) => {
      const begin = await prepare();
      const older = await client.start(workflow);
      await eventually(async () => (await client.get(older)).status === 'waiting');
      const before = await cancelled();
      await begin();
      expect(await client.ended(older)).toMatchObject({ status: 'cancelled' });
      await eventually(async () => (await cancelled()) > before);
      expect(await cancelled()).toBe(before + 1);
    },
  );
});

describe('METRICS_PUBLIC', () => {
  it('opens the scrape, and nothing else, to those without a key', async () => {
    const app = await startApp({ env: { METRICS_PUBLIC: 'true' } });
    try {
      expect((await scrape(app, null)).status).toBe(200);
      const anonymous = new RestClient(app.baseUrl, null);
      expect((await anonymous.get('/metrics/summary')).status).toBe(401);
      expect((await anonymous.get('/mcp-definitions')).status).toBe(401);
    } finally {
      await app.stop();
    }
  });

  it('makes a worker, which knows no keys, show its metrics', async () => {
    const database = await createDatabase();
    const env = { DATABASE_URL: database, ROLE: 'worker' };
    const [closed, open] = [
      await startApp({ env }),
      await startApp({ env: { ...env, METRICS_PUBLIC: 'true' } }),
    ];
    try {
      expect((await scrape(closed, null)).status).toBe(404);
      const { status, text } = await scrape(open, null);
      expect([status, valueOf(text, 'workflow_workers_alive')]).toEqual([200, 2]);
    } finally {
      await Promise.all([closed.stop(), open.stop()]);
      await dropDatabase(database);
    }
  });
});

it('starts with zeros, as the API reference shows them', async () => {
  const { app, rest } = await startRest();
  try {
    const { body } = await rest.get('/metrics/summary');
    expect(body).toMatchObject({
      http_requests: { total: 0, success_rate: 0, average_latency: 0 },
      workflow_steps: { total: 0, success_rate: 0, average_duration: 0 },
    });
  } finally {
    await app.stop();
  }
});
