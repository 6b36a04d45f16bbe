import type { StepDecision } from './decision';
import { failStep } from './fail-step';
import type { JsonValue } from './json';
import { afterLostAttempt, nextRetry } from './retry-policy';
import type { RetryDecision } from './retry-policy';
import type { RunState, StepError } from './run-state';
import type { PlannedStep, WorkflowPlan } from './workflow-plan';

/** Why an attempt failed, and whether another may do better. */
export interface AttemptFailure extends StepError {
  readonly retryable: boolean;
}

/** How an attempt of a running step ended. */
export type StepOutcome =
  | { readonly stepId: string; readonly kind: 'succeeded'; readonly output: JsonValue }
  | { readonly stepId: string; readonly kind: 'failed'; readonly failure: AttemptFailure }
  /** The step's own time limit was over. A failure with TIMEOUT, but for its last status. */
  | { readonly stepId: string; readonly kind: 'timed_out'; readonly failure: AttemptFailure }
  /** The worker died with the attempt; nobody knows how far it came. */
  | { readonly stepId: string; readonly kind: 'lost' }
  /** The worker stopped it because the run ends. */
  | { readonly stepId: string; readonly kind: 'cancelled' };

/**
 * Takes in how an attempt ended: the step has succeeded, has failed for good, or is tried again. Applied to
 * `state` in place; `advance` afterwards.
 *
 * @param now epoch milliseconds
 * @param random gives a number from 0 up to 1, for the jitter of retries
 * @throws Error when the step is not running: an outcome that came twice is a defect of the worker
 */
export function applyOutcome(
  plan: WorkflowPlan,
  state: RunState,
  outcome: StepOutcome,
  now: number,
  random: () => number,
): StepDecision {
  const { stepId } = outcome;
  const step = plan.stepsById.get(stepId);
  const { status, attempt } = state.step(stepId);
  if (step === undefined || status !== 'running')
    throw new Error(`Step "${stepId}" is ${status}, not running`);
  switch (outcome.kind) {
    case 'succeeded':
      state.move(stepId, 'succeeded', { output: outcome.output });
      return { type: 'succeed', stepId, attempt, output: outcome.output };
    case 'cancelled': {
      const error = { code: 'CANCELLED', message: 'The step was stopped because the run ends' };
      state.move(stepId, 'cancelled', { error });
      return { type: 'cancel', stepId, attempt, error };
    }
    case 'lost':
      return applyLoss(step, state, now);
    case 'failed':
      return applyFailure(step, state, outcome.failure, 'failed', now, random);
    case 'timed_out':
      return applyFailure(step, state, outcome.failure, 'timed_out', now, random);
  }
}

function applyFailure(
  step: PlannedStep,
  state: RunState,
  failure: AttemptFailure,
  status: 'failed' | 'timed_out',
  now: number,
  random: () => number,
): StepDecision {
  const { code, message, details } = failure;
  const error: StepError = { code, message, ...(details !== undefined && { details }) };
  const { attempt, lostAttempts } = state.step(step.id);
  const decision = nextRetry(step.retry, attempt - lostAttempts, failure, random);
  return retryOrFail(step, state, error, decision, status, now);
}

function applyLoss(step: PlannedStep, state: RunState, now: number): StepDecision {
  const { lostAttempts, attempt } = state.step(step.id);
  const lost = lostAttempts + 1;
  const error = { code: 'WORKER_LOST', message: `The worker died during attempt ${attempt}` };
  // Counted before it is decided: also a step that ends here has lost this attempt.
  state.move(step.id, 'running', { lostAttempts: lost });
  return retryOrFail(step, state, error, afterLostAttempt(lost), 'failed', now);
}

function retryOrFail(
  step: PlannedStep,
  state: RunState,
  error: StepError,
  decision: RetryDecision,
  status: 'failed' | 'timed_out',
  now: number,
): StepDecision {
  // A run that is ending starts nothing again.
  if (!decision.retry || state.closing !== null) return failStep(step, state, error, undefined, status);
  const { attempt } = state.step(step.id);
  const wakeAt = now + decision.delayMs;
  state.move(step.id, 'retrying', { error, wakeAt });
  return { type: 'retry', stepId: step.id, attempt, wakeAt, error };
}
