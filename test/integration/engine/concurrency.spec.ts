import { inTransaction } from '../../../src/database/sql-executor';
import type { ConcurrencyPlace } from '../../../src/engine/core/concurrency';
import type { JsonObject } from '../../../src/engine/core/json';
import type { EngineRuntime } from '../../../src/engine/engine-runtime';
import { eventually } from '../../support/eventually';
import { endless, EngineBench, type SavedWorkflow } from './engine-bench';

const HOLD: JsonObject = { id: 'hold', uses: { builtin: 'signal' } };
/** An expression, and its value as JSON. */
const KEY = '"the only one"';

/**
 * Which runs give way or are refused is in test/e2e/concurrency.spec.ts; that it is counted whoever started the newer run,
 * in test/e2e/metrics.spec.ts.
 */
describe('what a concurrency key ends', () => {
  let bench: EngineBench;
  let runtime: EngineRuntime;

  beforeAll(async () => {
    bench = await EngineBench.create({ endless });
    runtime = await bench.startWorker();
  });

  beforeEach(() => {
    bench.told.runs.length = 0;
  });

  afterAll(() => bench.close());

  /** Runs of it need the one place under one key. */
  function keyed(onConflict: ConcurrencyPlace['onConflict']): Promise<SavedWorkflow> {
    const concurrency = { key: KEY, on_conflict: onConflict };
    return bench.saveWorkflow({ concurrency, steps: [HOLD] });
  }

  async function waits(id: string): Promise<string> {
    await eventually(async () => (await bench.run(id)).status === 'waiting');
    return id;
  }

  /** A run that nobody holds. */
  async function waiting(workflow: SavedWorkflow): Promise<string> {
    return waits(await bench.start({ ...workflow, concurrency: place('queue') }));
  }

  const place = (onConflict: ConcurrencyPlace['onConflict']): ConcurrencyPlace => ({
    key: KEY,
    max: 1,
    onConflict,
  });

  /** A run that a worker holds, for its other step has much to do, and that calls `inner`. */
  async function calling(inner: SavedWorkflow): Promise<string> {
    const steps = [
      { id: 'sub', uses: { workflow_definition_id: inner.workflowDefinitionId } },
      { id: 'slow', uses: { tool: 'endless' } },
    ];
    const outer = await bench.saveWorkflow({ steps });
    const pinnedWorkflows = {
      [outer.workflowVersionId]: { ...outer, nested: { sub: inner.workflowVersionId } },
      [inner.workflowVersionId]: { ...inner, nested: {} },
    };
    return bench.start({ ...outer, pinnedWorkflows });
  }

  async function cancel(id: string): Promise<void> {
    runtime.intake.announceCancel(
      await inTransaction(bench.pool, (sql) => runtime.intake.cancel(sql, id, new Date())),
    );
    await bench.ended(id);
  }

  async function expectSub(id: string, error: JsonObject): Promise<void> {
    await eventually(async () => (await bench.attempts(id)).some(({ status }) => status === 'failed'));
    expect(await bench.attempts(id)).toMatchObject([
      { step_id: 'slow', status: 'running' },
      { step_id: 'sub', status: 'failed', error },
    ]);
  }

  /** Does `work` while no heartbeat tells a worker anything. */
  function byHintsAlone(work: () => Promise<void>): Promise<void> {
    return inTransaction(bench.pool, async (sql) => {
      await sql.query('SELECT FROM workers FOR NO KEY UPDATE');
      await work();
    });
  }

  const began = expect.any(Number) as number;

  it('is counted once what takes its place is committed, and only once', async () => {
    const workflow = await keyed('cancel_running');
    await waiting(workflow);
    const newer = await bench.start({ ...workflow, concurrency: place('cancel_running') }, () => {
      expect(bench.told.runs).toEqual([]);
      return Promise.resolve();
    });
    expect(bench.told.runs).toEqual([{ status: 'cancelled', durationMs: began }]);
    await waits(newer);
    await cancel(newer);
    expect(bench.told.runs).toHaveLength(2);
  });

  it('leaves its place to the next one, and workers are told', async () => {
    const workflow = await keyed('queue');
    const older = await waiting(workflow);
    const newer = await bench.start({ ...workflow, concurrency: place('queue') });
    const done = await inTransaction(bench.pool, (sql) => runtime.intake.cancel(sql, older, new Date()));
    expect(done.woken).toEqual([{ runId: newer, heldByWorker: false }]);
    runtime.intake.announceCancel(done);
    await waits(newer);
    await cancel(newer);
  });

  it('is not counted where what takes its place is not made after all', async () => {
    const workflow = await keyed('cancel_running');
    const older = await waiting(workflow);
    const regret = bench.start({ ...workflow, concurrency: place('cancel_running') }, () =>
      Promise.reject(new Error('regretted')),
    );
    await expect(regret).rejects.toThrow('regretted');
    expect(bench.told.runs).toEqual([]);
    await cancel(older);
  });

  it('is counted where a nested run takes its place', async () => {
    const workflow = await keyed('cancel_running');
    const older = await waiting(workflow);
    const outer = await calling(workflow);
    expect(await bench.ended(older)).toMatchObject({ status: 'cancelled' });
    await eventually(() => bench.told.runs.length > 0);
    expect(bench.told.runs).toEqual([{ status: 'cancelled', durationMs: began }]);
    await cancel(outer);
  });

  it('is counted where it is nested and refused, and its caller learns of that from a hint', async () => {
    const workflow = await keyed('reject');
    const first = await waiting(workflow);
    let outer = '';
    await byHintsAlone(async () => {
      outer = await calling(workflow);
      await expectSub(outer, { code: 'CONFLICT' });
    });
    expect(bench.told.runs).toEqual([{ status: 'failed', durationMs: null }]);
    await cancel(outer);
    await cancel(first);
  });

  it('is told to its caller by a hint where it is nested and gives way', async () => {
    const workflow = await keyed('queue');
    const outer = await calling(workflow);
    await eventually(async () => {
      const [nested] = await bench.query<{ status: string }>(
        'SELECT status FROM workflow_runs WHERE parent_run_id = $1',
        [outer],
      );
      return nested?.status === 'waiting';
    });
    let newer = '';
    await byHintsAlone(async () => {
      newer = await bench.start({ ...workflow, concurrency: place('cancel_running') });
      await expectSub(outer, { code: 'CANCELLED' });
    });
    expect(bench.told.runs).toEqual([{ status: 'cancelled', durationMs: began }]);
    await cancel(outer);
    await cancel(newer);
  });

  it('gives place to those that wait before a newer one whose version lets more of them run', async () => {
    const workflow = await keyed('queue');
    const first = await waiting(workflow);
    const second = await bench.start({ ...workflow, concurrency: place('queue') });
    const third = await bench.start({ ...workflow, concurrency: { ...place('queue'), max: 2 } });
    // Also of those that wait the oldest, and no more than there is room for.
    const held = (): Promise<unknown> =>
      bench.query('SELECT id FROM workflow_runs WHERE is_held AND ended_at IS NULL');
    expect(await held()).toEqual([{ id: third }]);
    await waits(second);
    const fourth = await bench.start(
      { ...workflow, concurrency: { ...place('queue'), max: 4 } },
      async (sql) => {
        expect(await sql.query('SELECT id FROM workflow_runs WHERE is_held AND ended_at IS NULL')).toEqual(
          [],
        );
      },
    );
    for (const id of [first, second, third, fourth]) await cancel(id);
  });
});
