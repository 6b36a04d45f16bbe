import type { StepDecision } from './decision';
import type { JsonValue } from './json';
import type { RunState } from './run-state';
import type { StepError, Unit } from './unit';
import type { PlannedStep } from './workflow-plan';

/**
 * Ends a unit as failed (or timed out) for good, in place. A step's failure fails the run, unless the step says
 * `on_error: continue`; what an item's failure does, its loop decides. A unit that fails before it began counts its
 * attempt as made.
 *
 * @param inputs where the attempt began and ended at once: what it began with
 */
export function failUnit(
  step: PlannedStep,
  unit: Unit,
  state: RunState,
  error: StepError,
  inputs?: JsonValue,
  status: 'failed' | 'timed_out' = 'failed',
): StepDecision {
  const before = state.unit(unit);
  const hasBegun = before.status === 'running' || before.status === 'waiting';
  const attempt = hasBegun ? before.attempt : before.attempt + 1;
  state.move(unit, status, { attempt, error });
  if (unit.item === undefined && step.onError === 'fail') {
    state.close({ status: 'failed', error: { ...error, step_id: step.id } });
  }
  return { ...unit, type: 'fail', attempt, status, error, ...(inputs !== undefined && { inputs }) };
}
