import fc from 'fast-check';

import { builtin, call, Drive, planOf } from '../../../test/support/run-drive';
import { closeRun } from './advance';
import type { JsonObject } from './json';
import type { WorkflowPlan } from './workflow-plan';

const TOLD = '${{ [run.error.code, run.error.?step_id.orValue("none"), steps.a.status] }}';

function plan(
  onFailure: JsonObject[],
  steps: JsonObject[] = [call('a')],
  more: JsonObject = {},
): WorkflowPlan {
  return planOf(steps, { on_failure: onFailure, ...more });
}

describe('on_failure', () => {
  it('begins once the run has failed, with the error in scope, and ends the run with that error', () => {
    const run = new Drive(plan([call('alert', { inputs: TOLD }), call('then', { needs: ['alert'] })]));
    run.advance();
    run.fail('a', 'BAD', false);
    const failure = { status: 'failed', error: { code: 'BAD', message: 'no', step_id: 'a' } };
    expect(run.advance()).toEqual([
      { type: 'handle_failure', ...failure },
      { type: 'start', stepId: 'alert', attempt: 1, inputs: ['BAD', 'a', 'failed'] },
    ]);
    run.succeed('alert');
    expect(run.words()).toEqual(['start then']);
    run.succeed('then');
    expect(run.advance()).toEqual([{ type: 'end', ...failure }]);
  });

  it('waits until what still runs has ended', () => {
    const run = new Drive(plan([call('alert')], [call('a'), call('b')]));
    run.advance();
    run.fail('a', 'BAD', false);
    expect(run.words()).toEqual([]);
    run.succeed('b');
    expect(run.words()).toEqual(['handle_failure failed', 'start alert']);
  });

  it('does not begin in a run that succeeds, nor in one that is cancelled', () => {
    const good = new Drive(plan([call('alert')]));
    good.advance();
    good.succeed('a');
    expect(good.words()).toEqual(['end succeeded']);
    const cancelled = new Drive(plan([call('alert')]));
    closeRun(cancelled.state, { status: 'cancelled', error: { code: 'CANCELLED', message: '' } });
    expect(cancelled.words()).toEqual(['cancel a', 'end cancelled']);
  });

  it('begins after the time of the run is over, and where its result cannot be computed', () => {
    const slow = new Drive(plan([builtin('alert', 'set', TOLD)]));
    closeRun(slow.state, { status: 'timed_out', error: { code: 'TIMEOUT', message: 'late' } });
    expect(slow.words()).toEqual(['cancel a', 'handle_failure timed_out', 'succeed alert', 'end timed_out']);
    expect(slow.state.step('alert').output).toEqual(['TIMEOUT', 'none', 'cancelled']);
    const odd = new Drive(plan([call('alert')], [builtin('a', 'set', 1)], { result: '${{ params.nope }}' }));
    expect(odd.words()).toEqual(['succeed a', 'handle_failure failed', 'start alert']);
  });

  it('ends the run with its own error where it fails or is cancelled itself', () => {
    const run = new Drive(plan([call('alert'), call('then', { needs: ['alert'] })]));
    run.advance();
    run.fail('a', 'BAD', false);
    run.advance();
    run.fail('alert', 'WORSE', false);
    expect(run.words()).toEqual(['skip then', 'end failed']);
    expect(run.state.failure).toMatchObject({ error: { code: 'BAD' } });

    const cancelled = new Drive(plan([builtin('hold', 'wait', { seconds: 60 })]));
    cancelled.advance();
    cancelled.fail('a', 'BAD', false);
    cancelled.advance();
    closeRun(cancelled.state, { status: 'cancelled', error: { code: 'CANCELLED', message: '' } });
    expect(cancelled.words()).toEqual(['cancel hold', 'end failed']);
  });

  it('goes on in another worker with the error that it began with', () => {
    const run = new Drive(plan([call('alert', { inputs: TOLD })], [call('a'), call('b')]));
    run.advance();
    run.fail('b', 'FIRST', false);
    run.fail('a', 'SECOND', false);
    run.advance();
    const next = run.takenOver();
    expect(next.advance()).toMatchObject([
      { type: 'start', stepId: 'alert', attempt: 2, inputs: ['FIRST', 'b', 'failed'] },
    ]);
    next.succeed('alert');
    expect(next.advance()).toMatchObject([{ type: 'end', error: { code: 'FIRST', step_id: 'b' } }]);
  });

  it('ends every run, as the steps before it decided, whatever it does', () => {
    const kinds = fc.constantFrom<JsonObject>(
      call('x'),
      builtin('x', 'set', 1),
      builtin('x', 'fail', { message: 'm' }),
    );
    const lists = fc.array(kinds, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(lists, lists, fc.infiniteStream(fc.nat({ max: 9 })), (main, failure, draws) => {
        const named = (steps: JsonObject[], prefix: string): JsonObject[] =>
          steps.map((step, index) => ({
            ...step,
            id: `${prefix}${index}`,
            needs: index === 0 ? [] : [`${prefix}${index - 1}`],
          }));
        let run = new Drive(planOf(named(main, 'm'), { on_failure: named(failure, 'f') }));
        let end = '';
        for (let turn = 0; turn < 200 && end === ''; turn++) {
          end = run.words().find((word) => word.startsWith('end')) ?? '';
          const drawn = Number(draws.next().value);
          if (drawn === 9) run = run.takenOver();
          const [unit] = run.state.runningUnits();
          if (unit === undefined) continue;
          if (drawn < 7) run.succeed(unit);
          else run.fail(unit, 'BAD', false);
        }
        const hasFailed = run.failedUnits().some(({ stepId }) => stepId.startsWith('m'));
        expect(end).toBe(hasFailed ? 'end failed' : 'end succeeded');
        expect(run.state.failure !== null).toBe(hasFailed);
      }),
    );
  });
});
