import { Pool } from 'pg';

import { eventually } from '../support/eventually';
import { RunClient } from '../support/run-client';
import { type RunningApp, startApp } from '../support/start-app';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

interface Schedule {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly overlap: string;
  readonly time_zone: string;
  readonly next_times: readonly string[];
  readonly queued_for: string | null;
  readonly last_run: { readonly run_id: string; readonly status: string; readonly caught_up: boolean } | null;
  readonly last_error: { readonly code: string; readonly message: string } | null;
}

interface Issues {
  readonly code: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

describe('schedules, with an API process and two worker processes', () => {
  let databaseUrl: string;
  let pool: Pool;
  let running: RunningRest;
  let workers: RunningApp[];
  let client: RunClient;
  let workflowId: string;
  let count = 0;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    pool = new Pool({ connectionString: databaseUrl, max: 1 });
    const env = { DATABASE_URL: databaseUrl };
    [running, ...workers] = await Promise.all([
      startRest({ env: { ...env, ROLE: 'api' } }),
      startApp({ env: { ...env, ROLE: 'worker' } }),
      startApp({ env: { ...env, ROLE: 'worker' } }),
    ]);
    client = new RunClient(running.rest);
    workflowId = await client.createWorkflow({
      parameters_schema: { type: 'object', properties: { n: { type: 'integer' } } },
      steps: [{ id: 'only', uses: { builtin: 'set' }, inputs: '${{ params.?n.orValue(0) }}' }],
    });
  });

  afterAll(async () => {
    await Promise.all([running.app, ...workers].map((app) => app.stop()));
    await pool.end();
    await dropDatabase(databaseUrl);
  });

  async function create(body: object = {}): Promise<Schedule> {
    const answer = await running.rest.post<Schedule>('/schedules', scheduleOf(body));
    expect([answer.status, answer.body]).toMatchObject([201, {}]);
    return answer.body;
  }

  function scheduleOf(body: object): object {
    // Far from now: it fires when a test says so.
    return {
      name: `schedule ${(count += 1)}`,
      workflow_definition_id: workflowId,
      cron: '0 0 1 1 *',
      ...body,
    };
  }

  async function get(id: string): Promise<Schedule> {
    return (await running.rest.get<Schedule>(`/schedules/${id}`)).body;
  }

  it('shows what it was given, defaults, and the next five times in its zone', async () => {
    const schedule = await create({ cron: '30 6 * * *', time_zone: 'Asia/Kolkata', parameters: { n: 1 } });
    expect(schedule).toMatchObject({
      workflow_definition_id: workflowId,
      parameters: { n: 1 },
      cron: '30 6 * * *',
      overlap: 'skip',
      enabled: true,
      last_run: null,
      last_error: null,
    });
    expect(schedule.next_times).toHaveLength(5);
    for (const time of schedule.next_times) expect(time).toMatch(/T01:00:00\.000Z$/);
    expect(await get(schedule.id)).toEqual(schedule);
    expect((await create()).time_zone).toBe('UTC');
  });

  it('starts one run when a time comes, though two workers wait for it', async () => {
    const schedules = await Promise.all(Array.from({ length: 5 }, () => create({ parameters: { n: 7 } })));
    const ids = schedules.map(({ id }) => id);
    await pool.query(`UPDATE schedules SET next_at = now() WHERE id = ANY ($1)`, [ids]);
    for (const { id, next_times } of schedules) {
      const fired = await eventually(async () => {
        const schedule = await get(id);
        return schedule.last_run?.status === 'succeeded' ? schedule : null;
      });
      expect(fired).toMatchObject({ next_times, last_run: { caught_up: false } });
      const runs = await running.rest.get(`/workflow-runs?label=trigger_id=${id}`);
      expect(runs.body).toMatchObject({
        total: 1,
        items: [{ id: fired.last_run?.run_id, labels: { trigger: 'schedule' } }],
      });
      expect(await client.get(fired.last_run?.run_id ?? '')).toMatchObject({ result: { only: 7 } });
    }
  });

  it('catches up once, and says so', async () => {
    const { id } = await create({ cron: '0 * * * *' });
    await pool.query(`UPDATE schedules SET next_at = now() - interval '5 hours' WHERE id = $1`, [id]);
    const fired = await eventually(async () => {
      const schedule = await get(id);
      return schedule.last_run === null ? null : schedule;
    });
    expect(fired.last_run?.caught_up).toBe(true);
    expect(Date.parse(fired.next_times[0] ?? '')).toBeGreaterThan(Date.now());
    const runs = await running.rest.get(`/workflow-runs?label=caught_up=true`);
    expect(runs.body).toMatchObject({ total: 1, items: [{ labels: { trigger_id: id } }] });
  });

  it('starts what waits once the run before has ended', async () => {
    const waiting = await client.createWorkflow({
      steps: [{ id: 'long', uses: { builtin: 'wait' }, inputs: { seconds: 3600 } }],
    });
    const { id } = await create({ workflow_definition_id: waiting, overlap: 'queue' });
    const fireNow = (): Promise<unknown> =>
      pool.query('UPDATE schedules SET next_at = now() WHERE id = $1', [id]);
    await fireNow();
    const first = await eventually(async () => (await get(id)).last_run);
    await fireNow();
    await eventually(async () => (await get(id)).queued_for);
    expect((await get(id)).last_run?.run_id).toBe(first.run_id);

    await client.cancel(first.run_id);
    const second = await eventually(async () => {
      const { last_run: last } = await get(id);
      return last?.run_id === first.run_id ? null : last;
    });
    await client.cancel(second.run_id);
  });

  it('fires nothing while it is paused, and has next times again when it is resumed', async () => {
    const { id, next_times } = await create();
    const paused = await running.rest.post(`/schedules/${id}/pause`);
    expect([paused.status, paused.body]).toMatchObject([200, { enabled: false, next_times: [] }]);
    const resumed = await running.rest.post(`/schedules/${id}/resume`);
    expect([resumed.status, resumed.body]).toMatchObject([200, { enabled: true, next_times }]);
  });

  it('changes what is given only, and finds the next times anew when the pattern changes', async () => {
    const schedule = await create({ parameters: { n: 1 } });
    const renamed = await running.rest.put<Schedule>(`/schedules/${schedule.id}`, { name: 'renamed' });
    expect(renamed.body).toMatchObject({ name: 'renamed', parameters: { n: 1 } });
    expect(renamed.body.next_times).toEqual(schedule.next_times);
    const moved = await running.rest.put<Schedule>(`/schedules/${schedule.id}`, { cron: '0 0 1 7 *' });
    expect(moved.body.next_times[0]).toMatch(/-07-01T00:00:00\.000Z$/);
  });

  it('records a run that its workflow refuses, and lets the schedule be paused all the same', async () => {
    const { id } = await create();
    await pool.query(`UPDATE schedules SET parameters = '{"n":"no"}', next_at = now() WHERE id = $1`, [id]);
    const refused = await eventually(async () => {
      const schedule = await get(id);
      return schedule.last_error === null ? null : schedule;
    });
    expect(refused).toMatchObject({ enabled: true, last_run: null, last_error: { code: 'INVALID_REQUEST' } });
    expect((await running.rest.post(`/schedules/${id}/pause`)).status).toBe(200);
    expect((await running.rest.post(`/schedules/${id}/resume`)).status).toBe(400);
  });

  it.each([
    ['a pattern with seconds', { cron: '0 0 0 1 1 *' }, 'cron', 'must have 5 fields'],
    ['a date that never comes', { cron: '0 0 31 2 *' }, 'cron', 'never comes'],
    ['an unknown zone', { time_zone: 'Mars/Olympus' }, 'time_zone', 'IANA'],
    ['an unknown overlap', { overlap: 'maybe' }, 'overlap', 'must be one of skip, queue, allow'],
    ['parameters that the workflow refuses', { parameters: { n: 'no' } }, 'parameters.n', 'integer'],
    ['a field that is not known', { crom: '* * * * *' }, 'crom', 'not a known field'],
  ])('refuses %s', async (_case, body, path, message) => {
    const answer = await running.rest.post<Issues>('/schedules', scheduleOf(body));
    expect([answer.status, answer.body.code]).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.body.errors).toEqual([{ path, message: expect.stringContaining(message) as string }]);
  });

  it('refuses an unknown workflow, a taken name, and an unknown schedule', async () => {
    const unknown = await running.rest.post('/schedules', scheduleOf({ workflow_definition_id: UNKNOWN_ID }));
    expect([unknown.status, unknown.body]).toMatchObject([404, { code: 'NOT_FOUND' }]);
    const { name } = await create();
    expect((await running.rest.post('/schedules', scheduleOf({ name }))).status).toBe(409);
    for (const path of [`/schedules/${UNKNOWN_ID}`, `/schedules/${UNKNOWN_ID}/pause`]) {
      const send = path.endsWith('pause') ? running.rest.post(path) : running.rest.get(path);
      expect((await send).status).toBe(404);
    }
  });

  it('needs the scope run of whoever makes a schedule that starts runs', async () => {
    const made = await running.rest.post<{ key: string }>('/api-keys', { name: 'w', scopes: ['write'] });
    const writer = running.rest.withKey(made.body.key);
    expect((await writer.post('/schedules', scheduleOf({}))).status).toBe(403);
    const { id } = await create();
    expect((await writer.post(`/schedules/${id}/resume`)).status).toBe(403);
    expect((await writer.post(`/schedules/${id}/pause`)).status).toBe(200);
    expect((await writer.delete(`/schedules/${id}`)).status).toBe(200);
  });

  it('keeps its workflow from being deleted until it is deleted itself', async () => {
    const workflow = await client.createWorkflow({ steps: [{ id: 'a', uses: { builtin: 'set' } }] });
    const { id, name } = await create({ workflow_definition_id: workflow, enabled: false });
    const refused = await running.rest.delete(`/workflow-definitions/${workflow}`);
    expect([refused.status, refused.body]).toMatchObject([409, { users: [{ type: 'schedule', id, name }] }]);

    const listed = await running.rest.get(`/schedules?workflow_definition_id=${workflow}`);
    expect(listed.body).toMatchObject({ total: 1, items: [{ id }] });
    expect((await running.rest.delete(`/schedules/${id}`)).status).toBe(200);
    expect((await running.rest.get(`/schedules/${id}`)).status).toBe(404);
    expect((await running.rest.delete(`/workflow-definitions/${workflow}`)).status).toBe(200);
  });
});
