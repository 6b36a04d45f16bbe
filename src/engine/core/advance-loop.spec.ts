import fc from 'fast-check';

import { builtin, call, Drive, NOW, planOf } from '../../../test/support/run-drive';
import { closeRun } from './advance';
import { MAX_ITEMS } from './step-values';
import type { JsonObject, JsonValue } from './json';
import { MAX_OUTPUT_BYTES } from './output-size';
import { MAX_LOST_ATTEMPTS } from './retry-policy';
import type { AttemptRecord } from './run-records';

function loop(items: string, forEach: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return call('a', { for_each: { items, ...forEach }, inputs: ['${{ item }}', '${{ index }}'], ...more });
}
const at = (item: number): { stepId: string; item: number } => ({ stepId: 'a', item });
const range = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, index) => index));

describe('a for_each step', () => {
  it('begins with its items, as many at once as it may, and gives their outputs in item order', () => {
    const run = new Drive(
      planOf([loop('["x", "y", "z"]', { max_parallel: 2 }), call('b', { needs: ['a'] })]),
    );
    expect(run.advance()).toEqual([
      { type: 'open', stepId: 'a', attempt: 1, inputs: ['x', 'y', 'z'] },
      { type: 'start', stepId: 'a', item: 0, attempt: 1, inputs: ['x', 0] },
      { type: 'start', stepId: 'a', item: 1, attempt: 1, inputs: ['y', 1] },
    ]);
    expect(run.succeed(at(1), 'second')).toEqual({
      type: 'succeed',
      stepId: 'a',
      item: 1,
      attempt: 1,
      output: 'second',
    });
    expect(run.words()).toEqual(['start a[2]']);
    run.succeed(at(2), 'third');
    expect(run.words()).toEqual([]);
    run.succeed(at(0), 'first');
    expect(run.advance()).toEqual([
      { type: 'succeed', stepId: 'a', attempt: 1, output: ['first', 'second', 'third'] },
      { type: 'start', stepId: 'b', attempt: 1, inputs: {} },
    ]);
  });

  it('gives an empty list for an empty list', () => {
    const run = new Drive(planOf([loop('[]')]));
    expect(run.words()).toEqual(['open a', 'succeed a', 'end succeeded']);
    expect(run.state.step('a').output).toEqual([]);
  });

  it('shares the places of the run with other steps', () => {
    const run = new Drive(planOf([call('b'), loop(range(9))], { max_parallel_steps: 3 }));
    expect(run.words()).toEqual(['start b', 'open a', 'start a[0]', 'start a[1]']);
    expect(run.state.runningCount).toBe(3);
    run.succeed('b');
    expect(run.words()).toEqual(['start a[2]']);
  });

  it('does builtins for many items at once, but not for all of them in one walk', () => {
    const run = new Drive(
      planOf([builtin('a', 'set', '${{ item * 2 }}', { for_each: { items: range(450) } })]),
    );
    expect(run.advance()).toHaveLength(201);
    expect(run.advance()).toHaveLength(200);
    expect(run.words().slice(-2)).toEqual(['succeed a', 'end succeeded']);
    expect((run.state.step('a').output as number[])[449]).toBe(898);
  });

  it('holds a wait of each item in its place', () => {
    const inputs = { seconds: '${{ item }}' };
    const forEach = { for_each: { items: '[1, 2, 3]', max_parallel: 2 } };
    const run = new Drive(planOf([builtin('a', 'wait', inputs, forEach)]));
    expect(run.words()).toEqual(['open a', 'wait a[0]', 'wait a[1]']);
    expect(run.state.nextWake(run.now)).toBe(NOW + 1000);
    run.now += 1000;
    expect(run.words()).toEqual(['succeed a[0]', 'wait a[2]']);
  });

  it.each<[what: string, items: string, code: string, message: string]>([
    ['no list', '{"a": 1}', 'EXPRESSION_ERROR', 'for_each.items: must give a list, not object'],
    [
      'a fault',
      'params.nope',
      'EXPRESSION_ERROR',
      'for_each.items: "params.nope" is missing; ".?" and orValue() give a default',
    ],
    [
      'too many items',
      'params.rows',
      'EXPRESSION_TOO_COSTLY',
      `for_each.items: gives ${MAX_ITEMS + 1} items; ${MAX_ITEMS} are allowed`,
    ],
  ])('fails where its items are %s', (_what, items, code, message) => {
    const run = new Drive(planOf([loop(items)]), [], { rows: Array<JsonValue>(MAX_ITEMS + 1).fill(1) });
    expect(run.advance()[0]).toMatchObject({ type: 'fail', stepId: 'a', error: { code, message } });
  });

  it('tries each item again by itself, with attempts and lost attempts of its own', () => {
    const run = new Drive(planOf([loop('[1, 2]', {}, { retry: { max_attempts: 2, initial_ms: 0 } })]));
    run.advance();
    expect(run.fail(at(0))).toMatchObject({ type: 'retry', item: 0, attempt: 1, wakeAt: NOW });
    run.outcome({ ...at(1), kind: 'lost' });
    expect(run.advance()).toMatchObject([
      { type: 'start', item: 0, attempt: 2 },
      { type: 'start', item: 1, attempt: 2 },
    ]);
    for (let lost = 1; lost < MAX_LOST_ATTEMPTS - 1; lost++) {
      expect(run.outcome({ ...at(1), kind: 'lost' })).toMatchObject({ type: 'retry' });
      run.advance();
    }
    expect(run.outcome({ ...at(1), kind: 'lost' })).toMatchObject({ error: { code: 'WORKER_LOST' } });
  });

  it('lets running items end after the first failure, begins no more, and fails with it and its place', () => {
    const retry = { retry: { max_attempts: 3, never_on: ['BAD'] } };
    const run = new Drive(planOf([loop(range(5), { max_parallel: 3 }, retry)]));
    run.advance();
    run.fail(at(0));
    run.fail(at(2), 'BAD');
    expect(run.words()).toEqual(['cancel a[0]']);
    run.succeed(at(1), 'in vain');
    expect(run.advance()).toEqual([
      {
        type: 'fail',
        stepId: 'a',
        attempt: 1,
        status: 'failed',
        error: { code: 'BAD', message: 'no', details: { item: 2 } },
      },
      {
        type: 'end',
        status: 'failed',
        error: { code: 'BAD', message: 'no', details: { item: 2 }, step_id: 'a' },
      },
    ]);
  });

  it('tries nothing again once another item has failed it', () => {
    const run = new Drive(planOf([loop('[1, 2]', {}, { retry: { max_attempts: 3, never_on: ['BAD'] } })]));
    run.advance();
    run.fail(at(1), 'BAD');
    expect(run.fail(at(0), 'WORSE')).toMatchObject({ type: 'fail', item: 0 });
    // Of two failed items, the lower: what another worker could also tell.
    expect(run.advance()[0]).toMatchObject({ stepId: 'a', error: { code: 'WORSE', details: { item: 0 } } });
  });

  it('leaves null in the place of a failed item with on_item_error: skip', () => {
    const run = new Drive(
      planOf([loop('[1, 2, 3]', { on_item_error: 'skip' }, { inputs: '${{ 6 / (item - 2) }}' })]),
    );
    expect(run.words()).toEqual(['open a', 'start a[0]', 'fail a[1]', 'start a[2]']);
    run.succeed(at(0), 'x');
    run.fail(at(2), 'BAD', false);
    expect(run.advance()).toMatchObject([
      { type: 'succeed', output: ['x', null, null] },
      { type: 'end', status: 'succeeded' },
    ]);
  });

  it('fails as timed_out where an item was', () => {
    const run = new Drive(planOf([loop('[1]', {}, { on_error: 'continue' })]));
    run.advance();
    const failure = { code: 'TIMEOUT', message: 'slow', details: { ms: 5 }, retryable: true };
    run.outcome({ ...at(0), kind: 'timed_out', failure });
    expect(run.advance()).toMatchObject([
      { type: 'fail', status: 'timed_out', error: { details: { item: 0, details: { ms: 5 } } } },
      { type: 'end', status: 'succeeded' },
    ]);
  });

  it('fails, and begins no more items, when the list of outputs grows too large', () => {
    const run = new Drive(planOf([loop(range(9), { max_parallel: 2, on_item_error: 'skip' })]));
    run.advance();
    run.succeed(at(0), 'x'.repeat(MAX_OUTPUT_BYTES / 2));
    expect(run.words()).toEqual(['start a[2]']);
    run.succeed(at(1), 'x'.repeat(MAX_OUTPUT_BYTES / 2));
    expect(run.words()).toEqual([]);
    run.succeed(at(2));
    expect(run.advance()[0]).toMatchObject({ type: 'fail', error: { code: 'OUTPUT_TOO_LARGE' } });
  });

  it('ends as cancelled with a run that is cancelled, once its running items have stopped', () => {
    const run = new Drive(planOf([loop(range(4), { max_parallel: 2 }, { retry: { max_attempts: 2 } })]));
    run.advance();
    run.fail(at(0));
    closeRun(run.state, { status: 'cancelled', error: { code: 'CANCELLED', message: 'asked to' } });
    expect(run.words()).toEqual(['cancel a[0]']);
    run.outcome({ ...at(1), kind: 'cancelled' });
    expect(run.words()).toEqual(['cancel a', 'end cancelled']);
  });

  it('ends with what it has where its last item ends while the run is ending', () => {
    const run = new Drive(planOf([loop('[1]'), call('b')]));
    run.advance();
    run.fail('b', 'BAD', false);
    expect(run.words()).toEqual([]);
    run.succeed(at(0), 7);
    expect(run.words()).toEqual(['succeed a', 'end failed']);
  });

  it('refuses an outcome of an item that has ended', () => {
    const run = new Drive(planOf([loop('[1, 2]')]));
    run.advance();
    run.succeed(at(0));
    expect(() => run.succeed(at(0))).toThrow('There is no open item 0');
  });
});

describe('a for_each step that another worker takes over', () => {
  const record = (
    item: number | undefined,
    attempt: number,
    more: Partial<AttemptRecord>,
  ): AttemptRecord => ({
    stepId: 'a',
    ...(item !== undefined && { item }),
    attempt,
    status: 'succeeded',
    output: null,
    outputBytes: 0,
    error: null,
    wakeAt: null,
    endedAt: null,
    ...more,
  });
  const own = record(undefined, 1, { status: 'running', inputs: [1, 2, 3, 4] });

  it('goes on with the items that have not ended, from the recorded list', () => {
    const run = new Drive(planOf([loop('[99]', { max_parallel: 2 })]), [
      own,
      record(0, 1, { status: 'retrying', error: { code: 'WORKER_LOST', message: '' } }),
      record(0, 2, { status: 'running' }),
      record(1, 1, { output: 'done' }),
      record(2, 1, { status: 'running' }),
    ]);
    expect(run.state.runningUnits()).toEqual([at(0), at(2)]);
    expect(run.state.unit(at(0)).lostAttempts).toBe(1);
    run.outcome({ ...at(0), kind: 'lost' });
    run.outcome({ ...at(2), kind: 'lost' });
    expect(run.advance()).toEqual([
      { type: 'start', stepId: 'a', item: 0, attempt: 3, inputs: [1, 0] },
      { type: 'start', stepId: 'a', item: 2, attempt: 2, inputs: [3, 2] },
    ]);
    run.succeed(at(0), 'a');
    run.succeed(at(2), 'c');
    expect(run.words()).toEqual(['start a[3]']);
    run.succeed(at(3), 'd');
    expect(run.advance()[0]).toMatchObject({ output: ['a', 'done', 'c', 'd'] });
  });

  it('goes on failing where an item had failed', () => {
    const run = new Drive(planOf([loop('[99]')]), [
      own,
      record(0, 1, { status: 'failed', error: { code: 'BAD', message: 'no' } }),
      record(1, 1, { status: 'running' }),
    ]);
    expect(run.words()).toEqual([]);
    expect(run.outcome({ ...at(1), kind: 'lost' })).toMatchObject({ type: 'fail' });
    expect(run.words()).toEqual(['fail a', 'end failed']);
  });

  it('takes a step that has ended from its own record alone', () => {
    const run = new Drive(planOf([loop('[99]')]), [
      record(undefined, 1, { output: ['x'] }),
      record(0, 1, { output: 'x' }),
    ]);
    expect(run.words()).toEqual(['end succeeded']);
  });
});

describe('any for_each step', () => {
  it('ends, with an output for each item that succeeded, whatever its items do and however often it is taken over', () => {
    fc.assert(
      fc.property(
        fc.record({
          count: fc.nat({ max: 12 }),
          parallel: fc.integer({ min: 1, max: 4 }),
          skip: fc.boolean(),
          attempts: fc.integer({ min: 1, max: 3 }),
        }),
        fc.infiniteStream(fc.nat({ max: 11 })),
        ({ count, parallel, skip, attempts }, draws) => {
          const plan = planOf([
            loop(
              range(count),
              { max_parallel: parallel, on_item_error: skip ? 'skip' : 'fail' },
              { retry: { max_attempts: attempts, initial_ms: 10 } },
            ),
          ]);
          let run = new Drive(plan);
          for (let turn = 0; turn < 2000; turn++) {
            const words = run.words();
            if (words.some((word) => word.startsWith('end'))) break;
            expect(run.state.loop('a')?.openItems.size ?? 0).toBeLessThanOrEqual(parallel);
            const drawn = Number(draws.next().value);
            if (drawn === 11) run = run.takenOver();
            const running = run.state.runningUnits();
            const unit = running[drawn % Math.max(running.length, 1)];
            if (unit === undefined) run.now = run.state.nextWake(run.now) ?? run.now;
            else if (drawn < 6) run.succeed(unit, unit.item ?? null);
            else if (drawn < 10) run.fail(unit, 'BAD', drawn < 9);
            else run.outcome({ ...unit, kind: 'lost' });
          }
          const { status, output, error } = run.state.step('a');
          expect(run.state.openIds.size).toBe(0);
          if (status === 'succeeded') {
            expect(output).toHaveLength(count);
            (output as JsonValue[]).forEach((value, index) => {
              if (value !== null) expect(value).toBe(index);
            });
            if (!skip) expect(run.failedUnits()).toEqual([]);
          } else {
            expect([status, skip]).toEqual(['failed', false]);
            expect(run.failedUnits().map(({ item }) => item)).toContain(
              (error?.details as JsonObject)['item'],
            );
          }
        },
      ),
    );
  });
});
