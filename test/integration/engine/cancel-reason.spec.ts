import { inTransaction, type SqlExecutor } from '../../../src/database/sql-executor';
import type { EngineRuntime } from '../../../src/engine/engine-runtime';
import { eventually } from '../../support/eventually';
import { endless, EngineBench, expectWellFormed } from './engine-bench';

const REQUEST = `
UPDATE workflow_runs SET cancel_requested_at = now(), cancel_reason = $2 WHERE id = $1 AND ended_at IS NULL`;
const REASON = 'Something that no release of today says';
const NO_REASON = 'The run was cancelled';

/** Who says which of the reasons is in test/e2e: concurrency.spec.ts, nested-workflows.spec.ts, run-control.spec.ts. */
describe('why a run was cancelled', () => {
  let bench: EngineBench;
  let runtime: EngineRuntime;

  beforeAll(async () => {
    bench = await EngineBench.create({ endless });
    runtime = await bench.startWorker();
  });

  afterAll(() => bench.close());

  /** A run whose step a worker is at work on. */
  async function heldRun(): Promise<string> {
    const id = await bench.startRun({
      steps: [
        { id: 'slow', uses: { tool: 'endless' } },
        { id: 'after', uses: { builtin: 'set' }, needs: ['slow'] },
      ],
    });
    await eventually(async () => (await bench.attempts(id)).length > 0);
    return id;
  }

  async function expectReason(id: string, message: string): Promise<void> {
    const error = { code: 'CANCELLED', message };
    expect(await bench.ended(id)).toMatchObject({ status: 'cancelled', error });
    const attempts = await bench.attempts(id);
    expect(attempts).toContainEqual(
      expect.objectContaining({
        step_id: 'after',
        status: 'cancelled',
        error: { code: 'CANCELLED', message: `The run ends: ${message}` },
      }),
    );
    const events = await bench.events(id);
    expectWellFormed(events);
    expect(events.at(-1)?.data).toMatchObject({ status: 'cancelled', error });
  }

  async function cancel(sql: SqlExecutor, id: string): Promise<void> {
    runtime.intake.announceCancel(await runtime.intake.cancel(sql, id, new Date()));
  }

  it.each([
    ['with its reason', REASON, REASON],
    ['without one, by a release that gave none', null, NO_REASON],
  ])('is known to the worker that only its heartbeat tells: %s', async (_case, reason, message) => {
    const id = await heldRun();
    await bench.query(REQUEST, [id, reason]);
    await expectReason(id, message);
  });

  it('is known to the worker that only a notification tells', async () => {
    const id = await heldRun();
    await inTransaction(bench.pool, async (sql) => {
      // No heartbeat gets past this.
      await sql.query('SELECT FROM workers FOR NO KEY UPDATE');
      await bench.query(REQUEST, [id, REASON]);
      runtime.intake.announceCancel({ reached: [{ runId: id, ended: null }], woken: [] });
      await expectReason(id, REASON);
    });
  });

  it('is known to the worker that claims a run which was to be cancelled before', async () => {
    const steps = [
      { id: 'slow', uses: { tool: 'endless' } },
      { id: 'after', uses: { builtin: 'set' }, needs: ['slow'] },
    ];
    const id = await bench.startRun({ steps }, {}, async (sql, runId) => {
      await sql.query(REQUEST, [runId, REASON]);
    });
    await expectReason(id, REASON);
  });

  describe('is the reason of whoever wanted it first', () => {
    it.each([
      [REASON, REASON],
      [null, NO_REASON],
    ])('where a worker holds the run: %p', async (reason, message) => {
      const id = await heldRun();
      await inTransaction(bench.pool, async (sql) => {
        await sql.query(REQUEST, [id, reason]);
        await cancel(sql, id);
      });
      await expectReason(id, message);
    });

    it('where nobody holds it any more', async () => {
      const steps = [{ id: 'after', uses: { builtin: 'set' } }];
      const id = await bench.startRun({ steps }, {}, async (sql, runId) => {
        await sql.query(REQUEST, [runId, REASON]);
        await cancel(sql, runId);
      });
      expect(await bench.run(id)).toMatchObject({ status: 'cancelled' });
      await expectReason(id, REASON);
    });
  });
});
