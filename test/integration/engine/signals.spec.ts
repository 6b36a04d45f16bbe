import { inTransaction } from '../../../src/database/sql-executor';
import type { JsonValue } from '../../../src/engine/core/json';
import type { EngineRuntime } from '../../../src/engine/engine-runtime';
import type { SignalOutcome } from '../../../src/engine/store/signal-store';
import { eventually } from '../../support/eventually';
import { soonEnough } from '../../support/soon-enough';
import { EngineBench, expectWellFormed } from './engine-bench';

const KEY = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

describe('signals', () => {
  let bench: EngineBench;
  let runtime: EngineRuntime;
  /** How to let the attempts end that hold a run, by run and attempt. */
  const holding = new Map<string, () => void>();

  beforeAll(async () => {
    bench = await EngineBench.create({
      held: ({ runId, attempt }) =>
        new Promise<JsonValue>((resolve) => {
          holding.set(`${runId} ${attempt}`, () => {
            resolve('released');
          });
        }),
    });
    runtime = await bench.startWorker();
  });

  afterAll(() => bench.close());

  async function send(
    runId: string,
    name: string,
    payload: JsonValue,
    isAnnounced = true,
  ): Promise<SignalOutcome> {
    const outcome = await inTransaction(bench.pool, (sql) =>
      runtime.intake.signal(sql, { runId, name, payload, stepId: name, sentBy: KEY, sentAt: new Date() }),
    );
    if (outcome.kind === 'recorded' && isAnnounced)
      runtime.intake.announceSignal(runId, outcome.heldByWorker);
    return outcome;
  }

  /** An attempt is recorded before it is made. */
  async function release(runId: string, attempt = 1): Promise<void> {
    (await eventually(() => holding.get(`${runId} ${attempt}`)))();
  }

  async function waiting(runId: string): Promise<void> {
    await eventually(async () => (await bench.run(runId)).status === 'waiting');
  }

  it('lets go of a run that waits for one, entry and all, and goes on when it comes', async () => {
    const id = await bench.startRun({ steps: [{ id: 'paid', uses: { builtin: 'signal' } }] });
    await waiting(id);
    expect(await bench.run(id)).toMatchObject({ owner: null, wake_at: null });
    expect(await bench.queued()).toBe(0);
    expect(await send(id, 'paid', { amount: 5 })).toEqual({ kind: 'recorded', heldByWorker: false });
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { paid: { amount: 5 } } });
    expectWellFormed(await bench.events(id));
    expect(await bench.queued()).toBe(0);
  });

  it.each([true, false])(
    'brings one to a run that a worker holds, whether announced (%s) or found by the heartbeat',
    async (isAnnounced) => {
      const id = await bench.startRun({
        steps: [
          { id: 'paid', uses: { builtin: 'signal' } },
          { id: 'slow', uses: { tool: 'held' } },
        ],
      });
      await eventually(async () => (await bench.attempts(id)).length === 2);
      expect(await send(id, 'paid', 1, isAnnounced)).toEqual({ kind: 'recorded', heldByWorker: true });
      await eventually(
        async () =>
          (await bench.attempts(id)).find(({ step_id }) => step_id === 'paid')?.status === 'succeeded',
      );
      await release(id);
      expect(await bench.ended(id)).toMatchObject({ result: { paid: 1, slow: 'released' } });
    },
  );

  it('keeps one that comes before its step waits', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'slow', uses: { tool: 'held' } },
        { id: 'paid', uses: { builtin: 'signal' }, needs: ['slow'] },
      ],
    });
    await eventually(async () => (await bench.attempts(id)).length === 1);
    await send(id, 'paid', 'early');
    await release(id);
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { paid: 'early' } });
  });

  it('does not lose one that is sent while the worker lets go of the run', async () => {
    const ids = await Promise.all(
      Array.from({ length: 40 }, () =>
        bench.startRun({ steps: [{ id: 'paid', uses: { builtin: 'signal' } }] }),
      ),
    );
    // At any moment of the run, and with no hint to mend what went wrong.
    await Promise.all(
      ids.map(async (id, index) => {
        await eventually(async () => (await bench.attempts(id)).length >= index % 2);
        await send(id, 'paid', index, false);
      }),
    );
    for (const [index, id] of ids.entries()) {
      expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { paid: index } });
    }
    expect(await bench.queued()).toBe(0);
  });

  it('wakes a run that waits for a time as well', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: 3600 }, on_error: 'continue' },
        { id: 'paid', uses: { builtin: 'signal' } },
        { id: 'stop', uses: { builtin: 'fail' }, inputs: { message: 'enough' }, needs: ['paid'] },
      ],
    });
    await waiting(id);
    expect(await bench.queued()).toBe(1);
    await send(id, 'paid', null);
    expect(await bench.ended(id)).toMatchObject({ status: 'failed', error: { code: 'STEP_FAILED' } });
    expect(await bench.queued()).toBe(0);
  });

  it('ends the wait at the time limit of the step', async () => {
    const id = await soonEnough(2_200, async (ms) => {
      const run = await bench.startRun({
        steps: [
          { id: 'ok', uses: { builtin: 'approval' }, timeout_seconds: ms / 1_000, on_error: 'continue' },
          {
            id: 'after',
            uses: { builtin: 'set' },
            needs_policy: 'all_done',
            inputs: '${{ [steps.ok.status, steps.ok.error.code] }}',
          },
        ],
      });
      const { status } = await eventually(async () => {
        const now = await bench.run(run);
        return (now.status === 'waiting' || now.ended_at !== null) && now;
      });
      return status === 'waiting' ? run : null;
    });
    expect(await bench.ended(id)).toMatchObject({ result: { after: ['timed_out', 'TIMEOUT'] } });
    expect(await send(id, 'ok', {})).toEqual({ kind: 'ended' });
  });

  it('takes one of a name: the same again is the same, another is refused, and one too late as well', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'skipped', uses: { builtin: 'signal' }, when: 'false' },
        { id: 'paid', uses: { builtin: 'signal' } },
        { id: 'more', uses: { builtin: 'signal' } },
      ],
    });
    await waiting(id);
    expect(await send(id, 'paid', { n: 1 })).toMatchObject({ kind: 'recorded' });
    expect(await send(id, 'paid', { n: 1 })).toMatchObject({ kind: 'repeated' });
    expect(await send(id, 'paid', { n: 2 })).toEqual({ kind: 'taken' });
    expect(await send(id, 'skipped', 1)).toEqual({ kind: 'too-late' });
    expect(await send(KEY, 'paid', 1)).toEqual({ kind: 'unknown' });
    await send(id, 'more', 1);
    await bench.ended(id);
    expect(await send(id, 'paid', { n: 1 })).toMatchObject({ kind: 'repeated' });
  });

  it('cancels a run that waits for one', async () => {
    const id = await bench.startRun({ steps: [{ id: 'paid', uses: { builtin: 'signal' } }] });
    await waiting(id);
    expect(
      await inTransaction(bench.pool, (sql) => runtime.intake.cancel(sql, id, new Date())),
    ).toMatchObject({ outcome: 'cancelled' });
    expect(await bench.attempts(id)).toMatchObject([{ step_id: 'paid', status: 'cancelled' }]);
    expect(await send(id, 'paid', 1)).toEqual({ kind: 'ended' });
  });

  it('is not lost with a worker', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'paid', uses: { builtin: 'signal' } },
        { id: 'slow', uses: { tool: 'held' }, needs: ['paid'] },
      ],
    });
    await send(id, 'paid', 'kept');
    await eventually(async () => (await bench.attempts(id)).length === 2);
    const before = await bench.run(id);
    await bench.query('DELETE FROM workers WHERE id = $1', [before.owner]);
    await eventually(async () => (await bench.attempts(id)).length === 3);
    await release(id, 2);
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { slow: 'released' } });
  });
});
