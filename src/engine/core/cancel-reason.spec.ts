import { builtin, call, Drive, planOf } from '../../../test/support/run-drive';
import { closeRun } from './advance';
import { CANCEL_REASONS, cancellation } from './cancel-reason';

describe('a cancelled run', () => {
  it.each([
    ['somebody wanted it', CANCEL_REASONS.asked, 'The run was cancelled'],
    ['nobody has said why', null, 'The run was cancelled'],
    ['its parent has ended', CANCEL_REASONS.parentEnded, 'The run that this one is nested in has ended'],
    [
      'its step does not wait',
      CANCEL_REASONS.notAwaited,
      'The step that called this run no longer waits for it',
    ],
    [
      'a newer one took its place',
      CANCEL_REASONS.superseded('run-2'),
      'A newer run with the same concurrency key took its place: run-2',
    ],
  ])('says, and its steps say, that %s', (_case, reason, message) => {
    const run = new Drive(planOf([builtin('hold', 'signal', {}), call('then', { needs: ['hold'] })]));
    run.advance();
    closeRun(run.state, cancellation(reason));
    const error = { code: 'CANCELLED', message: `The run ends: ${message}` };
    expect(run.advance()).toEqual([
      { type: 'cancel', stepId: 'hold', attempt: 1, error },
      { type: 'cancel', stepId: 'then', attempt: 0, error },
      { type: 'end', status: 'cancelled', error: { code: 'CANCELLED', message } },
    ]);
  });

  it('keeps the first reason', () => {
    const run = new Drive(planOf([call('a')]));
    closeRun(run.state, cancellation(CANCEL_REASONS.notAwaited));
    closeRun(run.state, cancellation(CANCEL_REASONS.asked));
    expect(run.state.closing?.error.message).toBe(CANCEL_REASONS.notAwaited);
  });
});
