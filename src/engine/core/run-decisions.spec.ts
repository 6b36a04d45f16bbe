import { builtin, Drive, planOf } from '../../../test/support/run-drive';
import { closeRun } from './advance';
import type { Closing, Failure } from './run-records';

const CLOSINGS: readonly (Closing['status'] | null)[] = [null, 'failed', 'cancelled', 'timed_out'];

/** Whether a run has steps for its failure, and how far it is with them. */
const STAGES = ['no on_failure', 'on_failure to come', 'on_failure done'] as const;
type Stage = (typeof STAGES)[number];

const DONE = {
  attempt: 1,
  status: 'succeeded',
  output: 1,
  outputBytes: 1,
  error: null,
  wakeAt: null,
  endedAt: 0,
} as const;

/** A run whose steps have all ended, and that is about to end as `closing` says. */
function runAt(stage: Stage, closing: Closing['status'] | null, failedAs: Failure['status']): Drive {
  const onFailure = stage === 'no on_failure' ? [] : [builtin('f', 'wait', { seconds: 9 })];
  const failure =
    stage === 'on_failure done' ? { status: failedAs, error: { code: 'FIRST', message: '' } } : null;
  const run = new Drive(
    planOf([builtin('a', 'set', 1)], { on_failure: onFailure }),
    [{ stepId: 'a', ...DONE }, ...(failure === null ? [] : [{ stepId: 'f', ...DONE }])],
    {},
    failure,
  );
  if (closing !== null) closeRun(run.state, { status: closing, error: { code: 'SECOND', message: '' } });
  return run;
}

describe('a run', () => {
  it('goes by its first reason to end, but a failure gives way to what comes from outside', () => {
    const after = (before: Closing['status'] | null, event: Closing['status']): string => {
      const run = runAt('no on_failure', before, 'failed');
      closeRun(run.state, { status: event, error: { code: 'LATER', message: '' } });
      return run.state.closing?.status ?? '';
    };
    const rows = CLOSINGS.map((before) => [
      before,
      ...CLOSINGS.filter((event) => event !== null).map((event) => after(before, event)),
    ]);
    expect(rows).toEqual([
      // before      failed        cancelled    timed_out
      [null, 'failed', 'cancelled', 'timed_out'],
      ['failed', 'failed', 'cancelled', 'timed_out'],
      ['cancelled', 'cancelled', 'cancelled', 'cancelled'],
      ['timed_out', 'timed_out', 'timed_out', 'timed_out'],
    ]);
  });

  it('ends once its steps have, as it closes, after its on_failure steps where it has failed', () => {
    const told = (stage: Stage, closing: Closing['status'] | null, failedAs: Failure['status']): string =>
      runAt(stage, closing, failedAs)
        .words()
        .filter((word) => !word.endsWith(' f'))
        .join(', ');
    const rows = STAGES.flatMap((stage) =>
      CLOSINGS.map((closing) => [stage, closing, told(stage, closing, 'failed')]),
    );
    expect(rows).toEqual([
      ['no on_failure', null, 'end succeeded'],
      ['no on_failure', 'failed', 'end failed'],
      ['no on_failure', 'cancelled', 'end cancelled'],
      ['no on_failure', 'timed_out', 'end timed_out'],
      ['on_failure to come', null, 'end succeeded'],
      ['on_failure to come', 'failed', 'handle_failure failed'],
      ['on_failure to come', 'cancelled', 'end cancelled'],
      ['on_failure to come', 'timed_out', 'handle_failure timed_out'],
      ['on_failure done', null, 'end failed'],
      ['on_failure done', 'failed', 'end failed'],
      ['on_failure done', 'cancelled', 'end failed'],
      ['on_failure done', 'timed_out', 'end failed'],
    ]);
    expect(CLOSINGS.map((closing) => told('on_failure done', closing, 'timed_out'))).toEqual(
      CLOSINGS.map(() => 'end timed_out'),
    );
  });
});
