import fc from 'fast-check';

import { builtin, call, Drive, FACTS, planOf } from '../../../test/support/run-drive';
import type { StepOutcome } from './apply-outcome';
import type { Decision } from './decision';
import { MAX_FAILURE_OUTPUT_BYTES, MAX_RUN_OUTPUT_BYTES } from './held-outputs';
import type { JsonObject, JsonValue } from './json';
import { MAX_OUTPUT_BYTES } from './output-size';
import type { AttemptRecord } from './run-records';
import type { Unit } from './unit';

/** How many of the largest outputs fill a run. */
const FULL = MAX_RUN_OUTPUT_BYTES / MAX_OUTPUT_BYTES;

/** A step's outcome that says how large its output is, so that no test has to make one of that size. */
function gives(run: Drive, unit: Unit, bytes: number, output: JsonValue = 'x'): Decision {
  return run.outcome({ ...unit, kind: 'succeeded', output, bytes } satisfies StepOutcome);
}

function ended(stepId: string, outputBytes: number): AttemptRecord {
  const nothing = { error: null, wakeAt: null, endedAt: 0 };
  return { stepId, attempt: 1, status: 'succeeded', output: 'x', outputBytes, ...nothing };
}

/** What earlier steps of a run gave, in outputs of the largest size and one of the rest. */
function held(bytes: number): AttemptRecord[] {
  const sizes = Array<number>(Math.floor(bytes / MAX_OUTPUT_BYTES)).fill(MAX_OUTPUT_BYTES);
  return [...sizes, bytes % MAX_OUTPUT_BYTES].map((size, at) => ended(`before${at}`, size));
}

/** A run that holds so many bytes already, before the steps of a test. */
function full(bytes: number, steps: JsonObject[], more: JsonObject = {}): Drive {
  const before = held(bytes);
  return new Drive(planOf([...before.map(({ stepId }) => call(stepId)), ...steps], more), before);
}

describe('the outputs of a run', () => {
  it.each<[held: number, bytes: number, becomes: string]>([
    [0, 0, 'succeed'],
    [0, MAX_OUTPUT_BYTES, 'succeed'],
    [0, MAX_OUTPUT_BYTES + 1, 'fail'],
    [MAX_RUN_OUTPUT_BYTES - 10, 10, 'succeed'],
    [MAX_RUN_OUTPUT_BYTES - 10, 11, 'fail'],
    [MAX_RUN_OUTPUT_BYTES, 1, 'fail'],
    // Recorded before there was a bound.
    [MAX_RUN_OUTPUT_BYTES + 5, 1, 'fail'],
    [10 * MAX_RUN_OUTPUT_BYTES, 1, 'fail'],
  ])('take, where there are %d bytes, another one of %d: it makes its step %s', (before, bytes, becomes) => {
    const run = full(before, [call('a', { retry: { max_attempts: 3 }, on_error: 'continue' })]);
    expect(run.words()).toEqual(['start a']);
    expect(gives(run, { stepId: 'a' }, bytes)).toMatchObject({ type: becomes });
  });

  it('say how many there are, and how many are allowed, where one finds no room', () => {
    const run = full(MAX_RUN_OUTPUT_BYTES - 10, [call('a')]);
    run.advance();
    const error = {
      code: 'OUTPUT_TOO_LARGE',
      message: `The output has 11 bytes of JSON; the run holds ${MAX_RUN_OUTPUT_BYTES - 10} in outputs, of ${MAX_RUN_OUTPUT_BYTES} that are allowed`,
    };
    expect(gives(run, { stepId: 'a' }, 11)).toEqual({
      type: 'fail',
      stepId: 'a',
      attempt: 1,
      status: 'failed',
      error,
    });
    expect(run.advance()).toEqual([{ type: 'end', status: 'failed', error: { ...error, step_id: 'a' } }]);
  });

  it('leave a run going that goes on without the one that found no room', () => {
    const run = full(MAX_RUN_OUTPUT_BYTES - 10, [
      call('a', { on_error: 'continue' }),
      call('b', { needs: ['a'], needs_policy: 'all_done', inputs: '${{ steps.a.error.code }}' }),
    ]);
    run.advance();
    gives(run, { stepId: 'a' }, 1_000);
    expect(run.advance()).toMatchObject([{ type: 'start', stepId: 'b', inputs: 'OUTPUT_TOO_LARGE' }]);
    gives(run, { stepId: 'b' }, 10);
    expect(run.words()).toEqual(['end succeeded']);
  });

  it('count those of builtins, which need no worker', () => {
    const run = full(MAX_RUN_OUTPUT_BYTES - 10, [
      builtin('set', 'set', 'abcdefghi', { on_error: 'continue' }),
      builtin('small', 'set', 'abcdefgh'),
      builtin('sent', 'signal', {}, { on_error: 'continue' }),
      builtin('pause', 'wait', { seconds: 1 }, { on_error: 'continue' }),
    ]);
    expect(run.words()).toEqual(['fail set', 'succeed small', 'wait sent', 'wait pause']);
    run.state.deliver({ name: 'sent', payload: 1, sentAt: FACTS.createdAt, sentBy: 'key-1' });
    run.now += 1_000;
    expect(run.advance()).toMatchObject([
      { type: 'fail', stepId: 'sent', error: { code: 'OUTPUT_TOO_LARGE' } },
      { type: 'fail', stepId: 'pause', error: { code: 'OUTPUT_TOO_LARGE' } },
      { type: 'end', status: 'succeeded' },
    ]);
  });

  it('count the items of a step that is under way, and once only when it has ended', () => {
    const items = { for_each: { items: '[1, 2, 3]', max_parallel: 3, on_item_error: 'skip' } };
    const list = '[null,null,null]'.length;
    const run = full(MAX_RUN_OUTPUT_BYTES - list - 8, [call('a', items), call('b', { needs: ['a'] })]);
    run.advance();
    expect(gives(run, { stepId: 'a', item: 0 }, 8)).toMatchObject({ type: 'succeed' });
    // In the place of each item, a null of 4 bytes was there before.
    expect(gives(run, { stepId: 'a', item: 1 }, 5)).toMatchObject({
      type: 'fail',
      item: 1,
      error: { code: 'OUTPUT_TOO_LARGE' },
    });
    run.fail({ stepId: 'a', item: 2 }, 'BAD', false);
    expect(run.words()).toEqual(['succeed a', 'start b']);
    expect(run.state.outputFault({ stepId: 'b' }, 4)).toBeNull();
    expect(gives(run, { stepId: 'b' }, 5)).toMatchObject({ type: 'fail' });
  });

  it('let go of what the items of a step gave that has failed', () => {
    const items = { for_each: { items: '[1, 2]' }, on_error: 'continue' };
    const run = full(MAX_RUN_OUTPUT_BYTES - 100, [call('a', items), call('b')]);
    run.advance();
    gives(run, { stepId: 'a', item: 0 }, 80);
    expect(run.state.outputFault({ stepId: 'b' }, 90)).not.toBeNull();
    run.fail({ stepId: 'a', item: 1 }, 'BAD', false);
    run.advance();
    expect(gives(run, { stepId: 'b' }, 90)).toMatchObject({ type: 'succeed' });
  });

  it('do not count what a list of items lets go that has grown too large', () => {
    const items = { for_each: { items: '[1, 2, 3]' }, on_error: 'continue' };
    const run = full(MAX_RUN_OUTPUT_BYTES - 2 * MAX_OUTPUT_BYTES, [call('a', items), call('b')]);
    run.advance();
    for (const item of [0, 1, 2]) gives(run, { stepId: 'a', item }, MAX_OUTPUT_BYTES - 100);
    expect(gives(run, { stepId: 'b' }, MAX_OUTPUT_BYTES)).toMatchObject({ type: 'succeed' });
    expect(run.advance()[0]).toMatchObject({
      type: 'fail',
      stepId: 'a',
      error: { code: 'OUTPUT_TOO_LARGE' },
    });
  });

  it('keep room for the steps of on_failure, whatever the others gave', () => {
    const alert = [call('alert'), call('more', { needs: ['alert'] })];
    const run = full(2 * MAX_RUN_OUTPUT_BYTES, [call('a')], { on_failure: alert });
    run.advance();
    gives(run, { stepId: 'a' }, 1);
    expect(run.words()).toEqual(['handle_failure failed', 'start alert']);
    expect(gives(run, { stepId: 'alert' }, MAX_FAILURE_OUTPUT_BYTES - 1)).toMatchObject({ type: 'succeed' });
    expect(run.words()).toEqual(['start more']);
    expect(gives(run, { stepId: 'more' }, 2)).toMatchObject({
      type: 'fail',
      error: {
        message: expect.stringContaining(
          `its on_failure steps hold ${MAX_FAILURE_OUTPUT_BYTES - 1}`,
        ) as string,
      },
    });
    expect(run.words()).toEqual(['end failed']);
  });

  it('count on in another worker, and in a rerun that takes some of them over', () => {
    const steps = Array.from({ length: FULL }, (_none, at) => call(`s${at}`));
    const before = steps.slice(1).map(({ id }) => ended(id as string, MAX_OUTPUT_BYTES));
    const run = new Drive(
      planOf([...steps, call('last', { needs: ['s0'] })]),
      before.map((record, at) => ({ ...record, attempt: at % 2 })),
    );
    run.advance();
    expect(gives(run, { stepId: 's0' }, MAX_OUTPUT_BYTES)).toMatchObject({ type: 'succeed' });
    run.advance();
    expect(gives(run, { stepId: 'last' }, 1)).toMatchObject({ type: 'fail' });
  });

  it('are never more than are allowed, whatever the steps give and however often the run is taken over', () => {
    const size = fc.integer({ min: 0, max: MAX_OUTPUT_BYTES });
    const draw = fc.record({ size, isTakenOver: fc.boolean(), hasItem: fc.boolean() });
    fc.assert(
      fc.property(fc.array(draw, { minLength: FULL, maxLength: 4 * FULL }), (draws) => {
        const plan = planOf(
          draws.map(({ hasItem }, at) =>
            call(`s${at}`, {
              ...(at > 0 && { needs: [`s${at - 1}`], needs_policy: 'all_done' }),
              ...(hasItem && { for_each: { items: '[1]' } }),
              on_error: 'continue',
            }),
          ),
        );
        const records: AttemptRecord[] = [];
        let run = new Drive(plan);
        let sum = 0;
        draws.forEach(({ size, isTakenOver, hasItem }, at) => {
          if (isTakenOver) run = new Drive(plan, records);
          run.advance();
          const unit = { stepId: `s${at}`, ...(hasItem && { item: 0 }) };
          gives(run, unit, size);
          run.advance();
          const { status, outputBytes, error } = run.state.step(unit.stepId);
          const kept = hasItem ? '[]'.length + size : size;
          const needed = hasItem ? '[null]'.length + size : size;
          const hasRoom = kept <= MAX_OUTPUT_BYTES && sum + needed <= MAX_RUN_OUTPUT_BYTES;
          expect([status, outputBytes]).toEqual(hasRoom ? ['succeeded', kept] : ['failed', 0]);
          sum += outputBytes;
          records.push({ ...ended(unit.stepId, outputBytes), status, error });
        });
        expect(sum).toBeLessThanOrEqual(MAX_RUN_OUTPUT_BYTES);
      }),
    );
  });
});
