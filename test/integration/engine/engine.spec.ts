import { AppError } from '../../../src/common/errors/app-error';
import { onQueryRunner } from '../../../src/database/sql-executor';
import { eventually } from '../../support/eventually';
import { soonEnough } from '../../support/soon-enough';
import { endless, EngineBench, expectWellFormed, type TestEvent } from './engine-bench';

/** `step:status` of every status_change, in order; `run` for the run itself. */
function changes(events: readonly TestEvent[]): string[] {
  return events
    .filter(({ type }) => type === 'status_change')
    .map(({ data }) => `${(data['step_id'] as string | undefined) ?? 'run'}:${data['status'] as string}`);
}

describe('the engine', () => {
  let flakyCalls = 0;
  let stopped: unknown = null;
  let bench: EngineBench;

  beforeAll(async () => {
    bench = await EngineBench.create({
      double: ({ inputs }) => (inputs as { n: number }).n * 2,
      flaky: () => {
        flakyCalls += 1;
        if (flakyCalls < 3) throw new AppError('CONNECTION_FAILED', 'not yet');
        return 'at last';
      },
      broken: () => {
        throw new AppError('TOOL_ERROR', 'no such luck');
      },
      endless: (call, context) =>
        endless(call, context).catch((reason: unknown) => {
          stopped = reason;
          throw reason;
        }),
      chatty: (_call, context) => {
        context.log('stdout', 'info', 'hello');
        context.log('stderr', 'error', 'a\u0000b');
        return null;
      },
      // An output that PostgreSQL's jsonb would refuse.
      odd: () => ({ text: 'a\u0000b', lone: '\ud800' }),
      huge: () => 'x'.repeat(5_000_000),
    });
    await bench.startWorker();
  });

  afterAll(() => bench.close());

  it('runs a chain, gives each step what the steps before it gave, and leaves nothing behind', async () => {
    const id = await bench.startRun(
      {
        steps: [
          { id: 'first', uses: { tool: 'double' }, inputs: { n: '${{ params.n }}' } },
          { id: 'second', uses: { tool: 'double' }, inputs: { n: '${{ steps.first.output + 1 }}' } },
          {
            id: 'both',
            uses: { builtin: 'set' },
            inputs: ['${{ steps.first.output }}', '${{ steps.second.output }}'],
          },
        ],
        result: { pair: '${{ steps.both.output }}' },
      },
      { n: 5 },
    );
    expect(await bench.ended(id)).toMatchObject({
      status: 'succeeded',
      result: { pair: [10, 22] },
      owner: null,
    });
    const events = await bench.events(id);
    expectWellFormed(events);
    expect(changes(events)).toEqual([
      'run:pending',
      'run:running',
      'first:running',
      'first:succeeded',
      'second:running',
      'second:succeeded',
      'both:running',
      'both:succeeded',
      'run:succeeded',
    ]);
    expect(await bench.queued()).toBe(0);
  });

  it('commits every step of a chain by itself, builtins as well', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'a', uses: { builtin: 'set' }, inputs: 1 },
        { id: 'b', uses: { builtin: 'set' }, inputs: '${{ steps.a.output + 1 }}' },
        { id: 'c', uses: { builtin: 'set' }, inputs: '${{ steps.b.output + 1 }}' },
      ],
    });
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { c: 3 } });
    // xmin is the transaction that wrote the row.
    const rows = await bench.query<{ xmin: string }>(
      'SELECT DISTINCT xmin::text FROM workflow_steps WHERE run_id = $1',
      [id],
    );
    expect(rows).toHaveLength(3);
  });

  it('tries a step again as its policy says, and counts the attempts', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'call', uses: { tool: 'flaky' }, retry: { max_attempts: 3, initial_ms: 10, jitter: false } },
      ],
    });
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { call: 'at last' } });
    expect(await bench.attempts(id)).toMatchObject([
      { attempt: 1, status: 'retrying', error: { code: 'CONNECTION_FAILED', message: 'not yet' } },
      { attempt: 2, status: 'retrying' },
      { attempt: 3, status: 'succeeded' },
    ]);
  });

  it('fails the run with the failed step, and skips what needed it', async () => {
    const id = await bench.startRun({
      steps: [
        { id: 'bad', uses: { tool: 'broken' } },
        { id: 'after', uses: { builtin: 'set' }, inputs: '${{ steps.bad.output }}' },
      ],
    });
    expect(await bench.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'TOOL_ERROR', message: 'no such luck', step_id: 'bad' },
    });
    const events = await bench.events(id);
    expectWellFormed(events);
    expect(changes(events)).toEqual([
      'run:pending',
      'run:running',
      'bad:running',
      'bad:failed',
      'after:skipped',
      'run:failed',
    ]);
  });

  it('fails a step whose expression finds nothing, with the path of what is missing', async () => {
    const id = await bench.startRun({
      steps: [{ id: 'look', uses: { builtin: 'set' }, inputs: { x: '${{ params.missing.deep }}' } }],
    });
    const { status, error } = await bench.ended(id);
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'EXPRESSION_ERROR', step_id: 'look' });
    expect(error?.['message']).toContain('params.missing');
  });

  it('stops a step at its time limit and says so', async () => {
    const id = await bench.startRun({
      steps: [{ id: 'slow', uses: { tool: 'endless' }, timeout_seconds: 0.2 }],
    });
    expect(await bench.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'TIMEOUT', step_id: 'slow' },
    });
    expect(await bench.attempts(id)).toMatchObject([{ status: 'timed_out' }]);
  });

  it('ends a run at its own time limit and stops what runs', async () => {
    stopped = null;
    const id = await soonEnough(300, async (ms) => {
      const run = await bench.startRun({
        timeout_seconds: ms / 1_000,
        steps: [{ id: 'slow', uses: { tool: 'endless' } }],
      });
      expect(await bench.ended(run)).toMatchObject({ status: 'timed_out', error: { code: 'TIMEOUT' } });
      return stopped === null ? null : run;
    });
    expect(stopped).toMatchObject({ code: 'CANCELLED' });
    expect(await bench.attempts(id)).toMatchObject([{ status: 'cancelled' }]);
  });

  it('cancels a run that a worker holds, and reaches the step', async () => {
    stopped = null;
    const id = await bench.startRun({
      steps: [
        { id: 'slow', uses: { tool: 'endless' } },
        { id: 'after', uses: { builtin: 'set' }, needs: ['slow'] },
      ],
    });
    await eventually(async () => (await bench.attempts(id)).length > 0);
    const runtime = await bench.startWorker();
    const client = bench.database.dataSource.createQueryRunner();
    await client.query('UPDATE workflow_runs SET cancel_requested_at = now() WHERE id = $1', [id]);
    await client.release();
    runtime.intake.announceCancel({ reached: [{ runId: id, ended: null }], woken: [] });
    expect(await bench.ended(id)).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
    expect(stopped).toMatchObject({ code: 'CANCELLED' });
    const events = await bench.events(id);
    expectWellFormed(events);
    expect(changes(events).slice(-3).toSorted()).toEqual([
      'after:cancelled',
      'run:cancelled',
      'slow:cancelled',
    ]);
  });

  it('lets go of a run that waits, and goes on when it is time', async () => {
    const { id, seen } = await soonEnough(2_500, async (ms) => {
      const begun = Date.now();
      const run = await bench.startRun({
        steps: [
          { id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: ms / 1_000 } },
          { id: 'after', uses: { builtin: 'set' }, inputs: 'woken', needs: ['pause'] },
        ],
      });
      await eventually(async () => ['waiting', 'succeeded'].includes((await bench.run(run)).status));
      const { status, owner } = await bench.run(run);
      const waiting = { status, owner, queued: await bench.queued() };
      if (Date.now() - begun < ms) return { id: run, seen: waiting };
      await bench.ended(run);
      return null;
    });
    expect(seen).toEqual({ status: 'waiting', owner: null, queued: 1 });
    expect(await bench.ended(id)).toMatchObject({ status: 'succeeded', result: { after: 'woken' } });
    expectWellFormed(await bench.events(id));
  });

  it('cancels a run that waits, at once', async () => {
    const id = await bench.startRun({
      steps: [{ id: 'pause', uses: { builtin: 'wait' }, inputs: { seconds: 3600 } }],
    });
    await eventually(async () => (await bench.run(id)).status === 'waiting');
    const runtime = await bench.startWorker();
    const client = bench.database.dataSource.createQueryRunner();
    await client.startTransaction();
    expect(await runtime.intake.cancel(onQueryRunner(client), id, new Date())).toMatchObject({
      outcome: 'cancelled',
    });
    await client.commitTransaction();
    await client.release();
    expect(await bench.run(id)).toMatchObject({ status: 'cancelled' });
    expect(await bench.attempts(id)).toMatchObject([{ step_id: 'pause', status: 'cancelled' }]);
    expectWellFormed(await bench.events(id));
    expect(await bench.queued()).toBe(0);
  });

  it('writes what a step says into the run while it runs', async () => {
    const id = await bench.startRun({ steps: [{ id: 'talk', uses: { tool: 'chatty' } }] });
    await bench.ended(id);
    const logs = (await bench.events(id)).filter(({ type }) => type === 'log');
    expect(logs.map(({ data }) => [data['stream'], data['level'], data['message']])).toEqual([
      ['stdout', 'info', 'hello'],
      ['stderr', 'error', 'a\u0000b'],
    ]);
  });

  it('keeps any JSON as it is', async () => {
    const id = await bench.startRun({ steps: [{ id: 'odd', uses: { tool: 'odd' } }] });
    expect(await bench.ended(id)).toMatchObject({
      status: 'succeeded',
      result: { odd: { text: 'a\u0000b', lone: '\ud800' } },
    });
  });

  it('refuses an output over the limit instead of cutting it', async () => {
    const id = await bench.startRun({ steps: [{ id: 'huge', uses: { tool: 'huge' } }] });
    expect(await bench.ended(id)).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_TOO_LARGE' } });
  });

  it('frees the runs of a worker that is gone, and refuses its late writes', async () => {
    const id = await bench.startRun({ steps: [{ id: 'slow', uses: { tool: 'endless' } }] });
    await eventually(async () => (await bench.attempts(id)).length > 0);
    const before = await bench.run(id);
    // As the next worker would find it after a freeze: the row of the owner is gone, its process is not.
    await bench.query('DELETE FROM workers WHERE id = $1', [before.owner]);
    await eventually(async () => {
      const { epoch, owner } = await bench.run(id);
      return epoch > before.epoch && owner !== null && owner !== before.owner;
    });
    await eventually(async () => (await bench.attempts(id)).length === 2);
    const attempts = await bench.attempts(id);
    expect(attempts[0]).toMatchObject({ attempt: 1, status: 'retrying', error: { code: 'WORKER_LOST' } });
    const runtime = await bench.startWorker();
    await bench.query('UPDATE workflow_runs SET cancel_requested_at = now() WHERE id = $1', [id]);
    runtime.intake.announceCancel({ reached: [{ runId: id, ended: null }], woken: [] });
    await bench.ended(id);
    expectWellFormed(await bench.events(id));
  });
});
