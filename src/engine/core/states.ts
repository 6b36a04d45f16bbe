/**
 * The states of runs and steps, and which may follow which:
 *
 *     pending ──▶ running ◀──▶ waiting          retrying: a step between two of its attempts
 *        │           │            │
 *        └───────────┴────────────┴──▶ succeeded | failed | cancelled | timed_out (| skipped: a step)
 *
 * What is terminal never changes.
 */
export const RUN_STATUSES = [
  'pending',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'timed_out',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const STEP_STATUSES = [
  'pending',
  'running',
  'waiting',
  'retrying',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
  'timed_out',
] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

export const TERMINAL_RUN_STATUSES = ['succeeded', 'failed', 'cancelled', 'timed_out'] as const;
export type TerminalRunStatus = (typeof TERMINAL_RUN_STATUSES)[number];

export const TERMINAL_STEP_STATUSES = ['succeeded', 'failed', 'skipped', 'cancelled', 'timed_out'] as const;
export type TerminalStepStatus = (typeof TERMINAL_STEP_STATUSES)[number];

/** Whether a run in this state is over. */
export function isTerminalRunStatus(status: RunStatus): status is TerminalRunStatus {
  return RUN_MOVES[status].length === 0;
}

/** Whether a step in this state is over. */
export function isTerminalStepStatus(status: StepStatus): status is TerminalStepStatus {
  return STEP_MOVES[status].length === 0;
}

/** Whether a run may go from one state to the other. */
export function canMoveRun(from: RunStatus, to: RunStatus): boolean {
  return RUN_MOVES[from].includes(to);
}

/** Whether a step may go from one state to the other. */
export function canMoveStep(from: StepStatus, to: StepStatus): boolean {
  return STEP_MOVES[from].includes(to);
}

/** A pending run can end by itself: cancelled or out of time before any worker took it. */
const RUN_MOVES: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  pending: ['running', 'failed', 'cancelled', 'timed_out'],
  running: ['waiting', 'succeeded', 'failed', 'cancelled', 'timed_out'],
  waiting: ['running', 'failed', 'cancelled', 'timed_out'],
  succeeded: [],
  failed: [],
  cancelled: [],
  timed_out: [],
};

/**
 * A pending step fails where its inputs cannot be computed: it never ran. Running follows on running when
 * the attempt was lost with its worker and another begins. A waiting one is tried again where what it waited for has
 * failed: a nested run.
 */
const STEP_MOVES: Readonly<Record<StepStatus, readonly StepStatus[]>> = {
  pending: ['running', 'failed', 'skipped', 'cancelled', 'timed_out'],
  running: ['running', 'waiting', 'retrying', 'succeeded', 'failed', 'cancelled', 'timed_out'],
  waiting: ['running', 'retrying', 'succeeded', 'failed', 'cancelled', 'timed_out'],
  retrying: ['running', 'failed', 'cancelled', 'timed_out'],
  succeeded: [],
  failed: [],
  skipped: [],
  cancelled: [],
  timed_out: [],
};
