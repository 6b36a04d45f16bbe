import { AppError } from '../../../src/common/errors/app-error';
import { inTransaction, type SqlExecutor } from '../../../src/database/sql-executor';
import type { EngineRuntime } from '../../../src/engine/engine-runtime';
import type { Cancellation } from '../../../src/engine/store/cancel-store';
import { eventually } from '../../support/eventually';
import { EngineBench } from './engine-bench';

describe("the engine's observer", () => {
  let bench: EngineBench;
  let runtime: EngineRuntime;
  let calls = 0;

  beforeAll(async () => {
    bench = await EngineBench.create({
      slow: () => new Promise((resolve) => setTimeout(resolve, 60, 'done')),
      flaky: () => {
        calls += 1;
        if (calls < 3) throw new AppError('CONNECTION_FAILED', 'not yet');
        return calls;
      },
      broken: () => {
        throw new AppError('TOOL_ERROR', 'no');
      },
    });
    runtime = await bench.startWorker();
  });

  beforeEach(() => {
    bench.told.steps.length = 0;
    bench.told.retries.length = 0;
    bench.told.runs.length = 0;
  });

  afterAll(() => bench.close());

  const told = (): string[] => bench.told.steps.map(({ type, status }) => `${type} ${status}`);

  it('is told of each step and of the run, with how long they took', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'first', uses: { tool: 'slow' } },
        { id: 'then', uses: { builtin: 'set' }, inputs: '${{ steps.first.output }}' },
        { id: 'never', uses: { builtin: 'set' }, needs: ['then'], when: 'false' },
      ],
    });
    await bench.ended(id);
    await eventually(() => bench.told.runs.length > 0);
    expect(told()).toEqual(['mcp_server succeeded', 'builtin:set succeeded', 'builtin:set skipped']);
    const [first, then, never] = bench.told.steps.map(({ durationMs }) => durationMs);
    expect(first).toBeGreaterThanOrEqual(55);
    expect(never).toBeNull();
    expect(bench.told.runs).toEqual([{ status: 'succeeded', durationMs: expect.any(Number) as number }]);
    // One after the other: each counts its own time alone.
    expect(bench.told.runs[0]?.durationMs).toBeGreaterThanOrEqual((first ?? 0) + (then ?? 0));
  });

  it('is told of retries, and of the step once, from its first attempt on', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'flaky', uses: { tool: 'flaky' }, retry: { max_attempts: 3, initial_ms: 40, jitter: false } },
      ],
    });
    await bench.ended(id);
    await eventually(() => bench.told.runs.length > 0);
    expect(bench.told.retries).toEqual(['mcp_server', 'mcp_server']);
    expect(told()).toEqual(['mcp_server succeeded']);
    expect(bench.told.steps[0]?.durationMs).toBeGreaterThanOrEqual(100);
  });

  it('is told of failures', async () => {
    const id = await bench.startRun({ steps: [{ id: 'broken', uses: { tool: 'broken' } }] });
    await bench.ended(id);
    await eventually(() => bench.told.runs.length > 0);
    expect([told(), bench.told.runs.map(({ status }) => status)]).toEqual([
      ['mcp_server failed'],
      ['failed'],
    ]);
  });

  it.each([
    ['has begun', { id: 'hold', uses: { builtin: 'signal' } }, expect.any(Number) as number],
    ['has not begun, and so took no time', null, null],
  ])(
    'is told of a run that nobody holds and that is cancelled when it %s',
    async (_case, step, durationMs) => {
      const cancel = (sql: SqlExecutor, id: string): Promise<Cancellation> =>
        runtime.intake.cancel(sql, id, new Date());
      let cancelled: Cancellation | null = null;
      const steps = [step ?? { id: 'set', uses: { builtin: 'set' } }];
      const id = await bench.startRun({ steps }, {}, async (sql, runId) => {
        if (step === null) cancelled = await cancel(sql, runId);
      });
      if (step !== null) await eventually(async () => (await bench.run(id)).status === 'waiting');
      cancelled ??= await inTransaction(bench.pool, (sql) => cancel(sql, id));
      runtime.intake.announceCancel(cancelled);
      expect(bench.told.runs).toEqual([{ status: 'cancelled', durationMs }]);
    },
  );

  it('cannot disturb a run', async () => {
    const defect = jest.spyOn(bench.told, 'stepEnded').mockImplementation(() => {
      throw new Error('a defect of the metrics');
    });
    try {
      const id = await bench.startRun({ steps: [{ id: 'set', uses: { builtin: 'set' }, inputs: 1 }] });
      expect(await bench.ended(id)).toMatchObject({ status: 'succeeded' });
      expect(defect).toHaveBeenCalledTimes(1);
    } finally {
      defect.mockRestore();
    }
  });
});
