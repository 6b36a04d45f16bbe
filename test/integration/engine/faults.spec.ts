import { v7 as uuidv7 } from 'uuid';

import type { EngineRuntime } from '../../../src/engine/engine-runtime';
import { PgBossRunQueue } from '../../../src/engine/queue/pg-boss-run-queue';
import { runStore } from '../../../src/engine/store/run-store';
import { Pool } from 'pg';
import { eventually } from '../../support/eventually';
import { STORED_RUNS, type StoredRun, untoldOf } from '../../support/replay-events';
import { EngineBench } from './engine-bench';

/** The workers' locks, of this test's database. */
const WORKER_LOCKS = `pg_locks
  WHERE locktype = 'advisory' AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** What can go wrong between a worker and PostgreSQL, each made to happen. What kills processes is in test/e2e. */
describe('the engine, when things go wrong', () => {
  let bench: EngineBench;
  let runtime: EngineRuntime;
  /** Lets the step end that runs while a test locks its run. */
  let endStep: (() => void) | null = null;

  beforeAll(async () => {
    bench = await EngineBench.create({
      quick: () => 'done',
      endsWhenTold: () =>
        new Promise((resolve) => {
          endStep = () => {
            resolve(null);
          };
        }),
      cancelsItsRun: async ({ runId }) => {
        // The request of an API process whose notification got lost.
        await bench.query('UPDATE workflow_runs SET cancel_requested_at = now() WHERE id = $1', [runId]);
        return null;
      },
    });
    runtime = await bench.startWorker();
  });

  afterAll(() => bench.close());

  it('goes on with a run whose claim was committed although the worker never heard of it', async () => {
    const workers = await bench.query<{ id: string }>('SELECT id FROM workers');
    const id = await bench.startRun(
      { steps: [{ id: 'only', uses: { tool: 'quick' } }] },
      {},
      async (sql, runId) => {
        await sql.query(`UPDATE pgboss.job SET state = 'active', started_on = now() WHERE id = $1`, [runId]);
        await sql.query('UPDATE workflow_runs SET owner = $2, epoch = 1 WHERE id = $1', [
          runId,
          workers[0]?.id,
        ]);
      },
    );
    expect(await bench.run(id)).toMatchObject({ owner: workers[0]?.id });
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { only: 'done' } });
  });

  it('cancels a run at once that went to sleep while the wish was on its way', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'first', uses: { tool: 'cancelsItsRun' } },
        { id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: 3600 }, needs: ['first'] },
      ],
    });
    expect(await bench.ended(id)).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
  });

  it('ends a run that was cancelled while its worker was dead without restoring it', async () => {
    const [dead, nested] = [uuidv7(), uuidv7()];
    // A step that there is not any more: whoever restored the run would fail it for that.
    const steps = [{ id: 'odd', uses: { builtin: 'gone' } }];
    const id = await bench.startRun({ steps }, {}, async (sql, runId) => {
      await sql.query("INSERT INTO workers (id, hostname, pid) VALUES ($1, 'elsewhere', 1)", [dead]);
      await sql.query(`UPDATE pgboss.job SET state = 'active', started_on = now() WHERE id = $1`, [runId]);
      await sql.query(
        "UPDATE workflow_runs SET owner = $2, epoch = 9, status = 'running', started_at = now() WHERE id = $1",
        [runId, dead],
      );
      await sql.query(
        `INSERT INTO workflow_runs (id, workflow_definition_id, workflow_version_id, status, parameters, labels, pins, parent_run_id, parent_step_id, parent_item, parent_attempt, created_at)
         SELECT $2, workflow_definition_id, workflow_version_id, 'waiting', '{}', '{}', '{}', id, 'odd', -1, 1, now() FROM workflow_runs WHERE id = $1`,
        [runId, nested],
      );
      expect(await runtime.intake.cancel(sql, runId, new Date())).toMatchObject({ outcome: 'requested' });
    });
    const error = { code: 'CANCELLED', message: 'The run was cancelled' };
    expect(await bench.ended(id)).toMatchObject({ status: 'cancelled', error, owner: null });
    expect(await bench.run(nested)).toMatchObject({ status: 'cancelled' });
    expect(await bench.query('SELECT FROM workers WHERE id = $1', [dead])).toEqual([]);
    expect(await bench.query('SELECT FROM pgboss.job WHERE id = $1', [id])).toEqual([]);
    const stored = await bench.query<StoredRun>(STORED_RUNS, [[id]]);
    expect(stored.flatMap(untoldOf)).toEqual([]);
  });

  it('takes the entry of a run that has ended out of the queue', async () => {
    const id = await bench.startRun({ steps: [{ id: 'only', uses: { tool: 'quick' } }] });
    await bench.ended(id);
    // As one stays that a claim gave back while the run was being cancelled.
    await bench.query("INSERT INTO pgboss.job (id, name) VALUES ($1, 'workflow-runs')", [id]);
    await eventually(async () => {
      return (await bench.query('SELECT FROM pgboss.job WHERE id = $1', [id])).length === 0;
    });
  });

  it('refuses a claim by a worker that was given up, and leaves the run to others', async () => {
    const pool = new Pool({ connectionString: bench.database.url, max: 1 });
    const queue = new PgBossRunQueue(pool, false, () => undefined);
    await queue.start();
    const id = await bench.startRun(
      { steps: [{ id: 'only', uses: { tool: 'quick' } }] },
      {},
      async (sql, runId) => {
        // Still inside the transaction that makes the run, so that no other worker sees it yet.
        await sql.query('SAVEPOINT before_claim');
        await expect(runStore.claim(sql, queue, uuidv7(), 1)).rejects.toThrow('given up');
        await sql.query('ROLLBACK TO before_claim');
        expect(await sql.query('SELECT owner FROM workflow_runs WHERE id = $1', [runId])).toEqual([
          { owner: null },
        ]);
      },
    );
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded' });
    await queue.stop();
    await pool.end();
  });

  it('goes on with a run whose row an API process locked before it froze', async () => {
    const frozen = bench.database.dataSource.createQueryRunner();
    await frozen.startTransaction();
    const id = await bench.startRun({
      steps: [
        { id: 'first', uses: { tool: 'endsWhenTold' } },
        { id: 'after', uses: { builtin: 'set' }, inputs: 'went on', needs: ['first'] },
      ],
    });
    await eventually(() => endStep !== null);
    await frozen.query('SELECT FROM workflow_runs WHERE id = $1 FOR UPDATE', [id]);
    endStep?.();
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { after: 'went on' } });
    await frozen.release();
  });

  it('ends a run that it can make nothing of any more, with what is open in it', async () => {
    const inner = await bench.saveWorkflow({ steps: [{ id: 'hold', uses: { builtin: 'signal' } }] });
    const outer = await bench.saveWorkflow({
      steps: [
        { id: 'calls', uses: { workflow_definition_id: inner.workflowDefinitionId } },
        { id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: 3600 } },
        { id: 'paid', uses: { builtin: 'signal' } },
        { id: 'done', uses: { builtin: 'set' } },
      ],
    });
    const id = await bench.start({
      ...outer,
      pinnedWorkflows: {
        [outer.workflowVersionId]: { ...outer, nested: { calls: inner.workflowVersionId } },
        [inner.workflowVersionId]: { ...inner, nested: {} },
      },
    });
    await eventually(async () => (await bench.run(id)).status === 'waiting');
    // As if a later release could not compile what an earlier one had saved.
    await bench.query(
      `WITH broken AS (INSERT INTO workflow_versions (id, workflow_definition_id, version, spec)
         SELECT $1, workflow_definition_id, '2.0.0', '{}' FROM workflow_runs WHERE id = $2)
       UPDATE workflow_runs SET workflow_version_id = $1 WHERE id = $2`,
      [uuidv7(), id],
    );
    // It is time.
    await bench.query('UPDATE pgboss.job SET start_after = now() WHERE id = $1', [id]);
    expect(await bench.ended(id)).toMatchObject({ status: 'failed', error: { code: 'INTERNAL' } });
    expect(await bench.attempts(id)).toMatchObject([
      { step_id: 'calls', status: 'cancelled', error: { code: 'CANCELLED' } },
      { step_id: 'done', status: 'succeeded' },
      { step_id: 'paid', status: 'cancelled', error: { code: 'CANCELLED' } },
      { step_id: 'pause', status: 'cancelled', error: { code: 'CANCELLED' } },
    ]);
    const [nested] = await bench.query<{ id: string }>(
      'SELECT id FROM workflow_runs WHERE parent_run_id = $1',
      [id],
    );
    expect(await bench.ended(nested?.id ?? '')).toMatchObject({ status: 'cancelled' });
    const stored = await bench.query<StoredRun>(STORED_RUNS, [[id]]);
    expect(stored.flatMap(untoldOf)).toEqual([]);
  });

  it('gives nobody up when the connections break that hold the locks of living workers', async () => {
    await bench.startWorker();
    const before = await bench.query<{ id: string }>('SELECT id FROM workers ORDER BY id');
    expect(before).toHaveLength(2);
    const [broken] = await bench.query<{ at: Date }>(
      `SELECT now() AS at, pg_terminate_backend(pid) FROM ${WORKER_LOCKS}`,
    );
    await eventually(async () => {
      const locks = await bench.query(`SELECT FROM ${WORKER_LOCKS}`);
      const beats = await bench.query('SELECT FROM workers WHERE heartbeat_at > $1', [broken?.at]);
      return locks.length === 2 && beats.length === 2;
    });
    expect(await bench.query('SELECT id FROM workers ORDER BY id')).toEqual(before);
  });

  it('keeps its own lease when another worker, which is gone, cannot be given up just now', async () => {
    await bench.query('CREATE SEQUENCE refusals');
    await bench.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM nextval('refusals'); RAISE 'not now'; END $$`);
    await bench.query(
      'CREATE TRIGGER refuse BEFORE DELETE ON workers FOR EACH ROW EXECUTE FUNCTION refuse()',
    );
    const before = await bench.query(`SELECT pid FROM ${WORKER_LOCKS} ORDER BY pid`);
    const dead = uuidv7();
    await bench.query("INSERT INTO workers (id, hostname, pid) VALUES ($1, 'elsewhere', 1)", [dead]);
    await eventually(async () => {
      const [refusals] = await bench.query<{ n: string }>('SELECT last_value AS n FROM refusals');
      return Number(refusals?.n) >= 4;
    });
    expect(await bench.query(`SELECT pid FROM ${WORKER_LOCKS} ORDER BY pid`)).toEqual(before);
    await bench.query('DROP TRIGGER refuse ON workers');
    await eventually(
      async () => (await bench.query('SELECT FROM workers WHERE id = $1', [dead])).length === 0,
    );
  });
});
