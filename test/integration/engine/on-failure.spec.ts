import { AppError } from '../../../src/common/errors/app-error';
import { inTransaction } from '../../../src/database/sql-executor';
import type { JsonValue } from '../../../src/engine/core/json';
import type { EngineRuntime } from '../../../src/engine/engine-runtime';
import { eventually } from '../../support/eventually';
import { endless, EngineBench, expectWellFormed } from './engine-bench';

describe('on_failure', () => {
  let bench: EngineBench;
  let runtime: EngineRuntime;
  let told: JsonValue[] = [];

  beforeAll(async () => {
    bench = await EngineBench.create({
      broken: () => {
        throw new AppError('TOOL_ERROR', 'no such luck');
      },
      alert: ({ inputs }) => {
        told.push(inputs);
        return 'told';
      },
      slow: (call, context) => (call.attempt > 1 ? 'at last' : endless(call, context)),
    });
    runtime = await bench.startWorker();
  });

  afterAll(() => bench.close());

  beforeEach(() => {
    told = [];
  });

  it('is done when the run has failed, knows why, and leaves the end as it was', async () => {
    const id = await bench.startRun({
      steps: [{ id: 'bad', uses: { tool: 'broken' } }],
      on_failure: [
        {
          id: 'alert',
          uses: { tool: 'alert' },
          inputs: '${{ run.error.code + " in " + run.error.step_id }}',
        },
        { id: 'worse', uses: { tool: 'broken' }, needs: ['alert'] },
      ],
    });
    expect(await bench.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'TOOL_ERROR', step_id: 'bad' },
    });
    expect(told).toEqual(['TOOL_ERROR in bad']);
    expect(await bench.attempts(id)).toMatchObject([
      { step_id: 'alert', status: 'succeeded' },
      { step_id: 'bad', status: 'failed' },
      { step_id: 'worse', status: 'failed' },
    ]);
    const events = await bench.events(id);
    expectWellFormed(events);
    expect(events.at(-1)?.data).toMatchObject({ status: 'failed', error: { step_id: 'bad' } });
  });

  it('is done after the time of the run was over, and takes its own time', async () => {
    const id = await bench.startRun({
      timeout_seconds: 0.3,
      steps: [{ id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: 60 } }],
      on_failure: [
        { id: 'breathe', uses: { builtin: 'wait' }, inputs: { seconds: 2.2 } },
        { id: 'alert', uses: { tool: 'alert' }, inputs: '${{ run.error.code }}', needs: ['breathe'] },
      ],
    });
    expect(await bench.ended(id)).toMatchObject({ status: 'timed_out', error: { code: 'TIMEOUT' } });
    expect(told).toEqual(['TIMEOUT']);
    expectWellFormed(await bench.events(id));
  });

  it('goes on in another worker', async () => {
    const id = await bench.startRun({
      steps: [{ id: 'bad', uses: { tool: 'broken' } }],
      on_failure: [
        { id: 'slow', uses: { tool: 'slow' } },
        { id: 'alert', uses: { tool: 'alert' }, inputs: '${{ run.error.message }}', needs: ['slow'] },
      ],
    });
    await eventually(async () => (await bench.attempts(id)).length === 2);
    await bench.query('DELETE FROM workers WHERE id = $1', [(await bench.run(id)).owner]);
    expect(await bench.ended(id)).toMatchObject({ status: 'failed', error: { step_id: 'bad' } });
    expect(told).toEqual(['no such luck']);
    expectWellFormed(await bench.events(id));
  });

  it('ends as the run has failed where it is cancelled while it waits', async () => {
    const id = await bench.startRun({
      steps: [{ id: 'bad', uses: { tool: 'broken' } }],
      on_failure: [{ id: 'hold', uses: { builtin: 'signal' } }],
    });
    await eventually(async () => (await bench.run(id)).status === 'waiting');
    bench.told.runs.length = 0;
    runtime.intake.announceCancel(
      await inTransaction(bench.pool, (sql) => runtime.intake.cancel(sql, id, new Date())),
    );
    expect(await bench.run(id)).toMatchObject({ status: 'failed', error: { code: 'TOOL_ERROR' } });
    expect(await bench.attempts(id)).toMatchObject([
      { status: 'failed' },
      { status: 'cancelled', error: { message: 'The run ends: The run was cancelled' } },
    ]);
    // Counted as what it has ended as.
    expect(bench.told.runs).toEqual([{ status: 'failed', durationMs: expect.any(Number) as number }]);
    expectWellFormed(await bench.events(id));
  });

  it('is not done in a run that is cancelled', async () => {
    const id = await bench.startRun({
      steps: [{ id: 'hold', uses: { builtin: 'signal' } }],
      on_failure: [{ id: 'alert', uses: { tool: 'alert' } }],
    });
    await eventually(async () => (await bench.run(id)).status === 'waiting');
    await inTransaction(bench.pool, (sql) => runtime.intake.cancel(sql, id, new Date()));
    expect(await bench.run(id)).toMatchObject({ status: 'cancelled' });
    expect(told).toEqual([]);
  });
});
