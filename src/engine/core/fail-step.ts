import type { StepDecision } from './decision';
import type { JsonValue } from './json';
import type { RunState, StepError } from './run-state';
import type { PlannedStep } from './workflow-plan';

/**
 * Ends a step as failed (or timed out) for good, in place. Its failure fails the run, unless the step says
 * `on_error: continue`. A step that fails before it began counts its attempt as made.
 *
 * @param inputs where the attempt began and ended at once: what it began with
 */
export function failStep(
  step: PlannedStep,
  state: RunState,
  error: StepError,
  inputs?: JsonValue,
  status: 'failed' | 'timed_out' = 'failed',
): StepDecision {
  const before = state.step(step.id);
  const attempt = before.status === 'running' ? before.attempt : before.attempt + 1;
  state.move(step.id, status, { attempt, error });
  if (step.onError === 'fail') state.close({ status: 'failed', error: { ...error, step_id: step.id } });
  return { type: 'fail', stepId: step.id, attempt, status, error, ...(inputs !== undefined && { inputs }) };
}
