import { eventually } from '../support/eventually';
import { type RunningRest, startRest } from '../support/start-rest';

interface Summary {
  total_mcps: number;
  active_workflows: number;
  recent_workflow_runs: { id: string; workflow_definition_id: string; status: string; created_at: string }[];
  system_health: { status: string; problems: string[]; metrics: Record<string, unknown> };
  runs: { open: object; last_day: Record<string, number>; last_week: object };
  most_failing_definitions: object[];
}

describe('GET /dashboard/summary', () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest();
  });

  afterAll(async () => {
    await running.app.stop();
  });

  const summary = async (): Promise<Summary> => {
    const { status, body } = await running.rest.get<Summary>('/dashboard/summary');
    expect(status).toBe(200);
    return body;
  };

  async function start(name: string, step: object): Promise<string> {
    const workflow = await running.rest.post<{ id: string }>('/workflow-definitions', {
      name,
      steps: [{ id: 'only', ...step }],
    });
    await again(workflow.body.id);
    return workflow.body.id;
  }

  async function again(definitionId: string): Promise<void> {
    const { status } = await running.rest.post('/workflow-runs', { workflow_definition_id: definitionId });
    expect(status).toBe(201);
  }

  it('has the fields of the API reference before anything was done', async () => {
    // On a busy machine the process is late now and then, and says so.
    const body = await eventually(async () => {
      const answered = await summary();
      return answered.system_health.status === 'healthy' ? answered : null;
    });
    expect(body).toMatchObject({
      total_mcps: 0,
      active_workflows: 0,
      recent_workflow_runs: [],
      system_health: { status: 'healthy', problems: [] },
      runs: {
        open: { pending: 0, running: 0, waiting: 0 },
        last_day: { succeeded: 0, duration_p50_seconds: null },
      },
      most_failing_definitions: [],
    });
    expect(body.system_health.metrics).toEqual({
      database_latency_ms: expect.any(Number) as number,
      database_pool: {
        open: expect.any(Number) as number,
        idle: expect.any(Number) as number,
        waiting: 0,
        max: 20,
      },
      queue_depth: 0,
      oldest_queued_run_seconds: null,
      workers_alive: 1,
      memory_resident_bytes: expect.any(Number) as number,
      memory_heap_used_bytes: expect.any(Number) as number,
      event_loop_delay_mean_ms: expect.any(Number) as number,
      event_loop_delay_p99_ms: expect.any(Number) as number,
      uptime_seconds: expect.any(Number) as number,
    });
  });

  it('counts what was done', async () => {
    const definition = await running.rest.post<{ id: string }>('/mcp-definitions', {
      name: 'one',
      description: '',
      mcp_type: 'http_request',
      config: { type: 'http_request', method: 'GET', url: 'http://127.0.0.1:9/' },
    });
    expect(definition.status).toBe(201);
    const well = await start('well', { uses: { builtin: 'set' }, inputs: 1 });
    await again(well);
    const badly = await start('badly', { uses: { builtin: 'fail' }, inputs: { message: 'no' } });
    const waits = await start('waits', { uses: { builtin: 'wait' }, inputs: { seconds: 600 } });

    const body = await eventually(async () => {
      const now = await summary();
      const { succeeded, failed } = now.runs.last_day;
      return (now.runs.open as { waiting: number }).waiting === 1 && succeeded === 2 && failed === 1
        ? now
        : null;
    });
    expect(body).toMatchObject({
      total_mcps: 1,
      active_workflows: 1,
      runs: {
        open: { pending: 0, running: 0, waiting: 1 },
        last_day: {
          since: expect.stringMatching(/T\d\d:00:00\.000Z$/) as string,
          succeeded: 2,
          failed: 1,
          cancelled: 0,
          timed_out: 0,
          duration_p50_seconds: expect.any(Number) as number,
          duration_p95_seconds: expect.any(Number) as number,
        },
        last_week: { succeeded: 2, failed: 1 },
      },
      most_failing_definitions: [
        { workflow_definition_id: badly, name: 'badly', runs: 1, failed: 1, failure_rate: 1 },
      ],
    });
    expect(body.recent_workflow_runs.map((run) => [run.workflow_definition_id, run.status])).toEqual([
      [waits, 'waiting'],
      [badly, 'failed'],
      [well, 'succeeded'],
      [well, 'succeeded'],
    ]);
    expect(Object.keys(body.recent_workflow_runs[0] ?? {})).toEqual(
      expect.arrayContaining(['id', 'workflow_definition_id', 'status', 'created_at']),
    );
  });

  it('shows the ten newest runs', async () => {
    const definition = await start('many', { uses: { builtin: 'set' }, inputs: 1 });
    for (let count = 0; count < 11; count += 1) await again(definition);
    const { recent_workflow_runs: runs } = await summary();
    expect(runs).toHaveLength(10);
    expect(runs.map((run) => run.created_at)).toEqual(
      runs
        .map((run) => run.created_at)
        .toSorted()
        .toReversed(),
    );
  });

  it('needs a key that may read', async () => {
    expect((await running.rest.withKey(null).get('/dashboard/summary')).status).toBe(401);
    const { body } = await running.rest.post<{ key: string }>('/api-keys', {
      name: 'runner',
      scopes: ['run'],
    });
    expect((await running.rest.withKey(body.key).get('/dashboard/summary')).status).toBe(403);
  });
});

it('says so when no worker is there to drive the runs', async () => {
  const { app, rest } = await startRest({ env: { ROLE: 'api' } });
  try {
    const workflow = await rest.post<{ id: string }>('/workflow-definitions', {
      name: 'queued',
      steps: [{ id: 'only', uses: { builtin: 'set' }, inputs: 1 }],
    });
    await rest.post('/workflow-runs', { workflow_definition_id: workflow.body.id });
    const { body } = await rest.get<Summary>('/dashboard/summary');
    expect(body).toMatchObject({
      active_workflows: 1,
      runs: { open: { pending: 1 } },
      system_health: {
        status: 'degraded',
        metrics: { queue_depth: 1, workers_alive: 0 },
      },
    });
    // On a busy machine the process is late, too, and so is its database.
    expect(
      body.system_health.problems.filter(
        (problem) => !/^(This process is late|The database took)/.test(problem),
      ),
    ).toEqual([expect.stringContaining('No worker is alive')]);
    expect(body.system_health.metrics['oldest_queued_run_seconds']).toBeGreaterThan(0);
  } finally {
    await app.stop();
  }
});
