import {
  RUN_STATUSES,
  STEP_STATUSES,
  TERMINAL_RUN_STATUSES,
  TERMINAL_STEP_STATUSES,
  canMoveRun,
  canMoveStep,
  isTerminalRunStatus,
  isTerminalStepStatus,
} from './states';

/** A table of all pairs: rows are from, columns to, in the order of the statuses. */
function table<Status extends string>(
  statuses: readonly Status[],
  canMove: (from: Status, to: Status) => boolean,
): string[] {
  return statuses.map(
    (from) => `${from.padEnd(10)}${statuses.map((to) => (canMove(from, to) ? 'x' : '.')).join(' ')}`,
  );
}

describe('states', () => {
  it('move a run only along its table', () => {
    expect(table(RUN_STATUSES, canMoveRun)).toEqual([
      //         p r w s f c t
      'pending   . x . . x x x',
      'running   . . x x x x x',
      'waiting   . x . . x x x',
      'succeeded . . . . . . .',
      'failed    . . . . . . .',
      'cancelled . . . . . . .',
      'timed_out . . . . . . .',
    ]);
  });

  it('move a step only along its table', () => {
    expect(table(STEP_STATUSES, canMoveStep)).toEqual([
      //         p r w r s f s c t
      'pending   . x . . . x x x x',
      'running   . x x x x x . x x',
      'waiting   . x . x x x . x x',
      'retrying  . x . . . x . x x',
      'succeeded . . . . . . . . .',
      'failed    . . . . . . . . .',
      'skipped   . . . . . . . . .',
      'cancelled . . . . . . . . .',
      'timed_out . . . . . . . . .',
    ]);
  });

  it('are terminal exactly where they are listed so', () => {
    expect(RUN_STATUSES.filter(isTerminalRunStatus)).toEqual([...TERMINAL_RUN_STATUSES]);
    expect(STEP_STATUSES.filter(isTerminalStepStatus)).toEqual([...TERMINAL_STEP_STATUSES]);
  });
});
