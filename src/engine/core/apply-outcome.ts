import { cancelUnit } from './cancel-unit';
import type { StepDecision } from './decision';
import { failUnit } from './fail-unit';
import type { JsonValue } from './json';
import { afterLostAttempt, nextRetry } from './retry-policy';
import type { RetryDecision } from './retry-policy';
import type { RunState } from './run-state';
import { succeedUnit } from './succeed-unit';
import { nameOf } from './unit';
import type { StepError, Unit } from './unit';
import type { PlannedStep, WorkflowPlan } from './workflow-plan';

/** Why an attempt failed, and whether another may do better. */
export interface AttemptFailure extends StepError {
  readonly retryable: boolean;
  /** How long the far side wants to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** How an attempt of a step, or item of a step, ended that a component or a nested run was at work on. */
export type StepOutcome = Unit &
  /** `bytes`: how many the output takes as JSON. */
  (
    | { readonly kind: 'succeeded'; readonly output: JsonValue; readonly bytes: number }
    | { readonly kind: 'failed'; readonly failure: AttemptFailure }
    /** The step's own time limit was over. A failure with TIMEOUT, but for its last status. */
    | { readonly kind: 'timed_out'; readonly failure: AttemptFailure }
    /** The worker died with the attempt; nobody knows how far it came. */
    | { readonly kind: 'lost' }
    /** The worker stopped it because the run ends. */
    | { readonly kind: 'cancelled' }
  );

/**
 * Takes in how an attempt ended: the unit has succeeded, has failed for good, or is tried again. Applied to
 * `state` in place; `advance` afterwards.
 *
 * @param now epoch milliseconds
 * @param random gives a number from 0 up to 1, for the jitter of retries
 * @throws Error when the unit is not running: an outcome that came twice is a defect of the worker
 */
export function applyOutcome(
  plan: WorkflowPlan,
  state: RunState,
  outcome: StepOutcome,
  now: number,
  random: () => number,
): StepDecision {
  const { stepId, item } = outcome;
  const unit: Unit = { stepId, ...(item !== undefined && { item }) };
  const step = plan.stepsById.get(stepId);
  const { status } = state.unit(unit);
  const isUnderWay = status === 'running' || (status === 'waiting' && step?.uses.kind === 'workflow');
  if (step === undefined || !isUnderWay) throw new Error(`The ${nameOf(unit)} is ${status}, not running`);
  switch (outcome.kind) {
    case 'succeeded':
      return succeedUnit(step, unit, state, outcome);
    case 'cancelled':
      return cancelUnit(unit, state, 'The step was stopped because the run ends');
    case 'lost':
      return applyLoss(step, unit, state, now);
    case 'failed':
      return applyFailure(step, unit, state, outcome.failure, 'failed', now, random);
    case 'timed_out':
      return applyFailure(step, unit, state, outcome.failure, 'timed_out', now, random);
  }
}

function applyFailure(
  step: PlannedStep,
  unit: Unit,
  state: RunState,
  failure: AttemptFailure,
  status: 'failed' | 'timed_out',
  now: number,
  random: () => number,
): StepDecision {
  const { code, message, details } = failure;
  const error: StepError = { code, message, ...(details !== undefined && { details }) };
  const { attempt, lostAttempts } = state.unit(unit);
  const decision = nextRetry(step.retry, attempt - lostAttempts, failure, random);
  return retryOrFail(step, unit, state, error, decision, status, now);
}

function applyLoss(step: PlannedStep, unit: Unit, state: RunState, now: number): StepDecision {
  const { lostAttempts, attempt } = state.unit(unit);
  const lost = lostAttempts + 1;
  const error = { code: 'WORKER_LOST', message: `The worker died during attempt ${attempt}` };
  // Counted before it is decided: also a unit that ends here has lost this attempt.
  state.move(unit, 'running', { lostAttempts: lost });
  return retryOrFail(step, unit, state, error, afterLostAttempt(lost), 'failed', now);
}

function retryOrFail(
  step: PlannedStep,
  unit: Unit,
  state: RunState,
  error: StepError,
  decision: RetryDecision,
  status: 'failed' | 'timed_out',
  now: number,
): StepDecision {
  if (!decision.retry || state.isEnding(unit)) return failUnit(step, unit, state, error, undefined, status);
  const { attempt } = state.unit(unit);
  const wakeAt = now + decision.delayMs;
  state.move(unit, 'retrying', { error, wakeAt });
  return { ...unit, type: 'retry', attempt, wakeAt, error };
}
