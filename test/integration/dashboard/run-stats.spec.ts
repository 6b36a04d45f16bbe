import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';

import { DashboardRepository } from '../../../src/dashboard/dashboard.repository';
import { durationQuantile } from '../../../src/dashboard/duration-quantiles';
import { RunStatsRepository } from '../../../src/dashboard/run-stats.repository';
import { beginningOf, sumUp } from '../../../src/dashboard/run-stretch';
import { connectionOptions, PostgresConnection } from '../../../src/database/postgres-connection';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

const NOW = new Date();
const DAY = beginningOf(24, NOW);
const WEEK = beginningOf(7 * 24, NOW);

interface Numbers {
  readonly day: object;
  readonly week: object;
  readonly failing: object;
}

describe('the numbers of ended runs', () => {
  let database: TestDatabase;
  let pool: Pool;
  let stats: RunStatsRepository;
  let dashboard: DashboardRepository;

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url });
    // Dropping the database may end a connection that is just being closed.
    pool.on('error', () => undefined);
    stats = new RunStatsRepository(new PostgresConnection(connectionOptions(database.url), pool));
    dashboard = new DashboardRepository(database.dataSource);
  });

  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  async function makeDefinition(name: string): Promise<string> {
    const id = uuidv7();
    await pool.query(
      `WITH v AS (
         INSERT INTO workflow_versions (id, workflow_definition_id, version, spec) VALUES ($1, $1, '1.0.0', '{}')
       )
       INSERT INTO workflow_definitions (id, name, latest_version_id) VALUES ($1, $2, $1)`,
      [id, name],
    );
    return id;
  }

  /** Runs that are under way, and then end: the only way by which runs come to be counted. */
  async function endRuns(
    definitionId: string,
    count: number,
    end: { status: string; hoursAgo?: number; tookMs?: number | null },
  ): Promise<void> {
    const { status, hoursAgo = 0.001, tookMs = 1_000 } = end;
    const endedAt = new Date(NOW.getTime() - hoursAgo * 3_600_000);
    const startedAt = tookMs === null ? null : new Date(endedAt.getTime() - tookMs);
    await pool.query(
      `WITH made AS (
         INSERT INTO workflow_runs (id, workflow_definition_id, workflow_version_id, status, parameters, pins, started_at)
         SELECT gen_random_uuid(), $1, $1, 'running', '{}', '{}', $3 FROM generate_series(1, $2)
       ) SELECT`,
      [definitionId, count, startedAt],
    );
    await pool.query('UPDATE workflow_runs SET status = $1, ended_at = $2 WHERE ended_at IS NULL', [
      status,
      endedAt,
    ]);
  }

  async function numbers(): Promise<Numbers> {
    const rows = await dashboard.countEndedRuns(WEEK, DAY);
    return {
      day: sumUp(DAY, rows, ({ recentRuns }) => recentRuns),
      week: sumUp(WEEK, rows, ({ runs }) => runs),
      failing: await dashboard.findFailingDefinitions(WEEK),
    };
  }

  it('are the same before and after they are added up, and are right', async () => {
    const [good, bad] = [await makeDefinition('good'), await makeDefinition('bad')];
    await endRuns(good, 40, { status: 'succeeded', tookMs: 100 });
    await endRuns(good, 2, { status: 'failed', hoursAgo: 30, tookMs: 60_000 });
    await endRuns(bad, 5, { status: 'timed_out', hoursAgo: 2, tookMs: 10_000 });
    await endRuns(bad, 3, { status: 'cancelled', hoursAgo: 100, tookMs: null });
    await endRuns(bad, 7, { status: 'failed', hoursAgo: 24 * 8 });

    const before = await numbers();
    expect(before).toMatchObject({
      day: { succeeded: 40, failed: 0, timedOut: 5, cancelled: 0 },
      week: { succeeded: 40, failed: 2, timedOut: 5, cancelled: 3 },
      failing: [
        { workflowDefinitionId: bad, name: 'bad', runs: 8, failed: 5 },
        { workflowDefinitionId: good, name: 'good', runs: 42, failed: 2 },
      ],
    });
    expect(await stats.addUp()).toBe(false);
    expect((await pool.query('SELECT FROM run_ends')).rowCount).toBe(0);
    expect(await numbers()).toEqual(before);

    // What ends later is counted with what is added up already.
    await endRuns(good, 1, { status: 'succeeded', tookMs: 100 });
    expect(await numbers()).toMatchObject({ day: { succeeded: 41 }, week: { succeeded: 41 } });
  });

  it('count each run once, however many processes add up at once while runs go on ending', async () => {
    const definition = await makeDefinition('busy');
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([
        endRuns(definition, 20, { status: 'succeeded' }),
        stats.addUp(),
        stats.addUp(),
        stats.addUp(),
      ]);
    }
    expect(await numbers()).toMatchObject({ week: { succeeded: 200 } });
    await stats.addUp();
    expect(await numbers()).toMatchObject({ week: { succeeded: 200 } });
  });

  it('are not counted for a run that is changed after its end', async () => {
    const definition = await makeDefinition('changed');
    await endRuns(definition, 3, { status: 'failed' });
    await pool.query('UPDATE workflow_runs SET ended_at = ended_at, updated_at = now()');
    expect(await numbers()).toMatchObject({ week: { failed: 3 } });
  });

  it('count runs that invoke a component, but for no workflow', async () => {
    await pool.query(`
      WITH v AS (
        INSERT INTO mcp_versions (id, mcp_definition_id, version, config)
        VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000001', '1.0.0', '{}')
      ), d AS (
        INSERT INTO mcp_definitions (id, name, mcp_type, latest_version_id)
        VALUES ('00000000-0000-7000-8000-000000000001', 'c', 'http_request', '00000000-0000-7000-8000-000000000001')
      )
      INSERT INTO workflow_runs (id, mcp_definition_id, mcp_version_id, status, parameters, pins)
      SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000001',
        'running', '{}', '{}' FROM generate_series(1, 3)`);
    await pool.query("UPDATE workflow_runs SET status = 'failed', ended_at = now()");
    expect(await numbers()).toMatchObject({ week: { failed: 3 }, failing: [] });
    await stats.addUp();
    expect(await numbers()).toMatchObject({ week: { failed: 3 }, failing: [] });
  });

  it('leave out definitions that were deleted', async () => {
    await endRuns(await makeDefinition('gone'), 3, { status: 'failed' });
    await pool.query('UPDATE workflow_definitions SET deleted_at = now()');
    expect(await dashboard.findFailingDefinitions(WEEK)).toEqual([]);
  });

  it.each([1, 37, 1_000, 59_999, 86_400_000])('show a duration of %i ms within 5 %%', async (tookMs) => {
    await endRuns(await makeDefinition('timed'), 1, { status: 'succeeded', tookMs });
    await stats.addUp();
    const shown = durationQuantile(await dashboard.countEndedRuns(WEEK, DAY), 0.5) ?? NaN;
    expect(Math.abs(shown - tookMs)).toBeLessThanOrEqual(Math.max(1, tookMs * 0.05));
  });

  it('are forgotten when nobody is shown them any more', async () => {
    const definition = await makeDefinition('old');
    await endRuns(definition, 3, { status: 'failed', hoursAgo: 24 * 9 });
    await endRuns(definition, 2, { status: 'failed' });
    await stats.addUp();
    await stats.forgetOld();
    const { rows } = await pool.query<{ runs: number }>('SELECT runs FROM definition_stats_hourly');
    expect(rows).toEqual([{ runs: 2 }]);
  });
});
