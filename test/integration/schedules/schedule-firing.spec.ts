import { v7 as uuidv7 } from 'uuid';

import { Clock } from '../../../src/common/clock';
import { AppError } from '../../../src/common/errors/app-error';
import { ListenHub } from '../../../src/database/listen-hub';
import { connectionOptions, PostgresConnection } from '../../../src/database/postgres-connection';
import { ComponentCatalog } from '../../../src/definitions/component-catalog.service';
import { McpDefinitionRepository } from '../../../src/definitions/mcp-definition.repository';
import { EngineRuntime } from '../../../src/engine/engine-runtime';
import { RunStarter } from '../../../src/runs/run-starter';
import { RunRepository } from '../../../src/runs/run.repository';
import { ScheduleFirer } from '../../../src/schedules/schedule-firer';
import { ScheduleFiringRepository } from '../../../src/schedules/schedule-firing.repository';
import { type ScheduleRecord, ScheduleRepository } from '../../../src/schedules/schedule.repository';
import { ScheduleService } from '../../../src/schedules/schedule.service';
import { WorkflowCatalog } from '../../../src/workflows/workflow-catalog';
import { WorkflowDefinitionRepository } from '../../../src/workflows/workflow-definition.repository';
import { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

/** A clock that stands still until it is moved. */
class HandClock extends Clock {
  time = new Date('2026-01-31T12:00:30Z');

  now(): Date {
    return this.time;
  }
}

interface StartedRun {
  readonly id: string;
  readonly parameters: object;
  readonly labels: Record<string, string>;
}

describe('firing schedules', () => {
  const clock = new HandClock();
  let database: TestDatabase;
  let pool: Pool;
  let engine: EngineRuntime;
  let repository: ScheduleFiringRepository;
  let starter: RunStarter;
  let firer: ScheduleFirer;
  let service: ScheduleService;
  let workflowId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = connectionOptions(database.url);
    pool = new Pool({ ...options, max: 1 });
    const connection = new PostgresConnection(options, pool);
    const hub = new ListenHub(connection);
    // Nobody drives runs: they end when the test says so.
    engine = new EngineRuntime(
      connection,
      hub,
      { run: () => Promise.reject(new Error('Nothing runs')) },
      clock,
      {
        stepEnded: () => undefined,
        stepRetried: () => undefined,
        runEnded: () => undefined,
        modelUsed: () => undefined,
      },
      { drivesRuns: false, concurrency: 1, stopGraceMs: 1_000 },
    );
    await engine.start();
    const { dataSource } = database;
    const workflows = new WorkflowDefinitionRepository(dataSource, clock);
    const catalog = new WorkflowCatalog(
      workflows,
      new ComponentCatalog(new McpDefinitionRepository(dataSource, clock)),
    );
    starter = new RunStarter(new RunRepository(dataSource), engine.intake, catalog, clock);
    repository = new ScheduleFiringRepository(dataSource);
    firer = new ScheduleFirer(repository, starter, clock);
    service = new ScheduleService(new ScheduleRepository(dataSource), starter, catalog, clock);
    workflowId = await workflows.insertDefinition(
      {
        name: 'scheduled',
        description: '',
        labels: {},
        version: '1.0.0',
        document: {
          parameters_schema: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
          steps: [{ id: 'only', uses: { builtin: 'set' }, inputs: 1 }],
        },
      },
      { exposeAsTool: false },
    );
  });

  afterAll(async () => {
    await engine.stop();
    await engine.close();
    await pool.end();
    await database.drop();
  });

  function create(more: Partial<Parameters<ScheduleService['create']>[0]> = {}): Promise<ScheduleRecord> {
    return service.create({
      name: uuidv7(),
      workflowDefinitionId: workflowId,
      parameters: { n: 1 },
      cron: '* * * * *',
      ...more,
    });
  }

  /** Moves the clock to a time after the schedule's next one, and fires what is due. */
  async function fireAt(id: string, time: string): Promise<ScheduleRecord> {
    clock.time = new Date(time);
    await firer.fire(id);
    return service.get(id);
  }

  async function runsOf(scheduleId: string): Promise<StartedRun[]> {
    return database.dataSource.query<StartedRun[]>(
      `SELECT id, parameters, labels FROM workflow_runs WHERE labels @> $1 ORDER BY id`,
      [JSON.stringify({ trigger_id: scheduleId })],
    );
  }

  async function endRunsOf(scheduleId: string): Promise<void> {
    await database.dataSource.query(
      `UPDATE workflow_runs SET status = 'succeeded', ended_at = now() WHERE labels @> $1`,
      [JSON.stringify({ trigger_id: scheduleId })],
    );
  }

  beforeEach(() => {
    clock.time = new Date('2026-01-31T12:00:30Z');
  });

  it('starts one run for a time that has come, and says which', async () => {
    const { id, nextAt } = await create();
    expect(nextAt).toEqual(new Date('2026-01-31T12:01:00Z'));
    await firer.fire(id);
    expect(await runsOf(id)).toEqual([]);

    const fired = await fireAt(id, '2026-01-31T12:01:00Z');
    const [run, ...others] = await runsOf(id);
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      parameters: { n: 1 },
      labels: { trigger: 'schedule', trigger_id: id, scheduled_for: '2026-01-31T12:01:00.000Z' },
    });
    expect(fired).toMatchObject({
      nextAt: new Date('2026-01-31T12:02:00Z'),
      lastRunId: run?.id,
      lastRunStatus: 'pending',
      lastCaughtUp: false,
      lastError: null,
    });
  });

  it('fires every schedule exactly once when many processes try at the same time', async () => {
    const schedules = await Promise.all(Array.from({ length: 8 }, () => create()));
    clock.time = new Date('2026-01-31T12:01:00Z');
    const rivals = Array.from({ length: 3 }, () => new ScheduleFirer(repository, starter, clock));
    await Promise.all(
      rivals.map(async (rival) => {
        for (const id of await repository.findDue(clock.now(), 100)) await rival.fire(id);
      }),
    );
    const counts = await Promise.all(schedules.map(async ({ id }) => (await runsOf(id)).length));
    expect(counts).toEqual(schedules.map(() => 1));
    expect(await repository.findDue(clock.now(), 100)).toEqual([]);
  });

  it('catches up all missed times with one run, marked so', async () => {
    const { id } = await create();
    const fired = await fireAt(id, '2026-01-31T15:30:30Z');
    expect(await runsOf(id)).toMatchObject([
      { labels: { scheduled_for: '2026-01-31T12:01:00.000Z', caught_up: 'true' } },
    ]);
    expect(fired).toMatchObject({ lastCaughtUp: true, nextAt: new Date('2026-01-31T15:31:00Z') });
  });

  it('skips a time while a run has not ended, and says when', async () => {
    const { id } = await create({ overlap: 'skip' });
    await fireAt(id, '2026-01-31T12:01:00Z');
    const skipped = await fireAt(id, '2026-01-31T12:02:00Z');
    expect(skipped.lastSkippedAt).toEqual(new Date('2026-01-31T12:02:00Z'));
    expect(await runsOf(id)).toHaveLength(1);
    await endRunsOf(id);
    await fireAt(id, '2026-01-31T12:03:00Z');
    expect(await runsOf(id)).toHaveLength(2);
  });

  it('lets one run wait for the end of the one before, and no more', async () => {
    const { id } = await create({ overlap: 'queue' });
    await fireAt(id, '2026-01-31T12:01:00Z');
    await fireAt(id, '2026-01-31T12:02:00Z');
    const waiting = await fireAt(id, '2026-01-31T12:03:00Z');
    expect(waiting.queuedFor).toEqual(new Date('2026-01-31T12:02:00Z'));
    expect(waiting.lastSkippedAt).toEqual(new Date('2026-01-31T12:03:00Z'));
    expect(await repository.findDue(clock.now(), 100)).not.toContain(id);

    await endRunsOf(id);
    expect(await repository.findDue(clock.now(), 100)).toContain(id);
    const started = await fireAt(id, '2026-01-31T12:03:10Z');
    expect(started).toMatchObject({ queuedFor: null, nextAt: new Date('2026-01-31T12:04:00Z') });
    expect((await runsOf(id)).map(({ labels }) => labels['scheduled_for'])).toEqual([
      '2026-01-31T12:01:00.000Z',
      '2026-01-31T12:02:00.000Z',
    ]);
  });

  it('drops what waits when the schedule is paused', async () => {
    const { id } = await create({ overlap: 'queue' });
    await fireAt(id, '2026-01-31T12:01:00Z');
    await fireAt(id, '2026-01-31T12:02:00Z');
    expect(await service.update(id, { enabled: false }, null)).toMatchObject({
      queuedFor: null,
      nextAt: null,
    });
  });

  it('starts runs beside each other where that is allowed', async () => {
    const { id } = await create({ overlap: 'allow' });
    await fireAt(id, '2026-01-31T12:01:00Z');
    await fireAt(id, '2026-01-31T12:02:00Z');
    expect(await runsOf(id)).toHaveLength(2);
  });

  it('records a run that is refused, stays enabled, and forgets the error at the next run', async () => {
    const { id } = await create();
    await database.dataSource.query(`UPDATE schedules SET parameters = '{"n":"no"}' WHERE id = $1`, [id]);
    const refused = await fireAt(id, '2026-01-31T12:01:00Z');
    expect(refused).toMatchObject({
      enabled: true,
      nextAt: new Date('2026-01-31T12:02:00Z'),
      lastRunId: null,
      lastError: { code: 'INVALID_REQUEST', at: '2026-01-31T12:01:00.000Z' },
    });
    expect(refused.lastError?.message).toContain('parameters.n');

    await service.update(id, { parameters: { n: 2 } }, null);
    expect((await fireAt(id, '2026-01-31T12:02:00Z')).lastError).toBeNull();
    expect(await runsOf(id)).toHaveLength(1);
  });

  it('leaves a schedule due, and no run behind, when the firing breaks before its commit', async () => {
    class BrokenRepository extends ScheduleFiringRepository {
      override saveFiring(): Promise<void> {
        return Promise.reject(new Error('no such luck'));
      }
    }
    const { id } = await create();
    clock.time = new Date('2026-01-31T12:01:00Z');
    const broken = new ScheduleFirer(new BrokenRepository(database.dataSource), starter, clock);
    await expect(broken.fire(id)).rejects.toThrow('no such luck');
    expect(await runsOf(id)).toEqual([]);
    expect(await service.get(id)).toMatchObject({
      nextAt: new Date('2026-01-31T12:01:00Z'),
      lastError: { code: 'INTERNAL' },
    });

    await firer.fire(id);
    expect(await runsOf(id)).toHaveLength(1);
  });

  it('refuses to keep parameters that the workflow does not take', async () => {
    const wrong = create({ parameters: { n: 'no' } });
    await expect(wrong).rejects.toEqual(expect.any(AppError));
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
