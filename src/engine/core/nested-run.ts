import type { StepOutcome } from './apply-outcome';
import type { StepDecision } from './decision';
import { failUnit } from './fail-unit';
import { type Issue, issuesText } from './issue';
import { isJsonObject } from './json';
import type { JsonValue } from './json';
import { jsonBytes } from './output-size';
import type { RunState } from './run-state';
import type { TerminalRunStatus } from './states';
import { mayBeAny } from './template-scanner';
import type { StepError, Unit } from './unit';
import type { PlannedStep } from './workflow-plan';

/** How a nested run has ended. */
export interface NestedEnd extends Unit {
  /** Of the unit that called it. */
  readonly attempt: number;
  readonly runId: string;
  readonly status: TerminalRunStatus;
  readonly result: JsonValue;
  readonly error: StepError | null;
}

const MAX_ISSUES_TOLD = 3;

const NO_PARAMETERS = 'must be an object: the parameters of the workflow';

/** What is wrong with the inputs of a step that calls a workflow, whichever it is, as far as they are known already. */
export function nestedInputIssues(template: JsonValue, at: string): Issue[] {
  return mayBeAny(template) || isJsonObject(template) ? [] : [{ path: at, message: NO_PARAMETERS }];
}

/**
 * Begins an attempt of a unit that calls a workflow: checks the parameters, then waits for the nested run. Applied to
 * `state` in place; the unit is running when it begins.
 */
export function callNested(
  step: PlannedStep,
  unit: Unit,
  inputs: JsonValue,
  state: RunState,
  now: number,
): StepDecision {
  const { attempt } = state.unit(unit);
  const isObject = isJsonObject(inputs);
  const issues = isObject ? state.checkNested(step.id, inputs) : [{ path: 'inputs', message: NO_PARAMETERS }];
  if (!isObject || issues.length > 0) {
    const message = issuesText(issues, MAX_ISSUES_TOLD);
    return failUnit(step, unit, state, { code: 'INVALID_INPUT', message }, inputs);
  }
  const wakeAt = step.timeoutMs === null ? null : now + step.timeoutMs;
  state.move(unit, 'waiting', { wakeAt });
  return { ...unit, type: 'call', attempt, inputs, wakeAt };
}

/**
 * What the end of a nested run means for the unit that called it: its result is the output, its failure the failure.
 * Whether another attempt, with another run, may do better, its own error does not say: the step's `retry` does.
 */
export function nestedOutcome({ stepId, item, runId, status, result, error }: NestedEnd): StepOutcome {
  const unit: Unit = { stepId, ...(item !== undefined && { item }) };
  if (status === 'succeeded') return { ...unit, kind: 'succeeded', output: result, bytes: jsonBytes(result) };
  const { code, message } = error ?? { code: 'INTERNAL', message: 'It ended without an error' };
  const failure = {
    code,
    message: `The nested run ${ENDINGS[status]}: ${message}`,
    details: { run_id: runId },
    retryable: status !== 'cancelled',
  };
  return { ...unit, kind: status === 'timed_out' ? 'timed_out' : 'failed', failure };
}

const ENDINGS = { failed: 'failed', cancelled: 'was cancelled', timed_out: 'timed out' };

/** The units whose nested run has not ended within the step's time limit: those attempts have failed. */
export function overdueOutcomes(state: RunState, now: number): StepOutcome[] {
  return state
    .nestedUnits()
    .filter(({ wakeAt }) => wakeAt !== null && wakeAt <= now)
    .map(({ stepId, item }) => ({
      stepId,
      ...(item !== undefined && { item }),
      kind: 'timed_out',
      failure: {
        code: 'TIMEOUT',
        message: "The nested run did not end within the step's limit",
        retryable: true,
      },
    }));
}
