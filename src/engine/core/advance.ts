import { advanceLoop, beginLoop, windUpLoop } from './advance-loop';
import { beginUnit } from './begin-unit';
import { cancelUnit, runEndsReason } from './cancel-unit';
import { renderWithin } from './computed-size';
import type { Decision, EndDecision, StepDecision } from './decision';
import { failUnit } from './fail-unit';
import type { JsonValue } from './json';
import { resumeUnit } from './resume-unit';
import type { Closing } from './run-records';
import type { RunState } from './run-state';
import { stepReadiness } from './step-readiness';
import { conditionOf } from './step-values';
import type { PlannedStep, WorkflowPlan } from './workflow-plan';

/**
 * Decides everything that can be decided now: which steps are skipped, start, wait, are tried again or fail
 * before they start, and whether the run has ended (then that is the last decision). The decisions are applied
 * to `state` in place. No I/O, no clock: the same plan, state and `now` decide the same.
 *
 * One walk in topological order is enough: what a step becomes, its dependents see later in the same walk. Only what
 * needs a builtin that succeeded at once begins in the next one: call it again, until it decides nothing, when its
 * decisions are recorded.
 * When a step fails the run, what is pending is skipped, what is between attempts or waits is cancelled, and
 * what is running may end: only then does the run, with that first failure.
 *
 * @param now epoch milliseconds
 */
export function advance(plan: WorkflowPlan, state: RunState, now: number): Decision[] {
  const decisions: Decision[] = walk(plan, state, now);
  if (state.openIds.size > 0) return decisions;
  const end = endRun(plan, state, now);
  if (end.status === 'succeeded' || end.status === 'cancelled') return [...decisions, end];
  if (state.failure !== null || plan.onFailure.length === 0) return [...decisions, end];
  const { status, error } = end;
  state.handleFailure({ status, error });
  decisions.push({ type: 'handle_failure', status, error }, ...walk(plan, state, now));
  if (state.openIds.size === 0) decisions.push(endRun(plan, state, now));
  return decisions;
}

/** One walk over the steps that have not ended. */
function walk(plan: WorkflowPlan, state: RunState, now: number): StepDecision[] {
  const decisions: StepDecision[] = [];
  const doneAtOnce = new Set<string>();
  for (const id of state.openIds) {
    if (state.closing !== null) break;
    const step = plan.stepsById.get(id);
    // What a builtin gave at once is recorded before what needs it begins: the caller advances again after that.
    if (step === undefined || step.needs.some((need) => doneAtOnce.has(need))) continue;
    const made = advanceStep(step, plan, state, now);
    decisions.push(...made);
    if (made.some(isDoneAtOnce)) doneAtOnce.add(id);
  }
  if (state.closing !== null) decisions.push(...endOpenSteps(plan, state, state.closing));
  return decisions;
}

/**
 * Begins to end the run from outside: it was cancelled, or its time is over. Nothing new starts; the worker
 * stops what is running, and `advance` ends the run when that has stopped.
 */
export function closeRun(state: RunState, closing: Closing): void {
  state.close(closing);
}

function advanceStep(step: PlannedStep, plan: WorkflowPlan, state: RunState, now: number): StepDecision[] {
  const { status } = state.step(step.id);
  if (status === 'pending') return advancePending(step, plan, state, now);
  if (step.forEach !== null) return advanceLoop(step, step.forEach, plan, state, now);
  const decision = resumeUnit(step, { stepId: step.id }, plan, state, now);
  return decision === null ? [] : [decision];
}

function advancePending(step: PlannedStep, plan: WorkflowPlan, state: RunState, now: number): StepDecision[] {
  const needs = step.needs.map((id) => ({ id, status: state.step(id).status }));
  const readiness = stepReadiness(step.needsPolicy, needs);
  if (readiness.kind === 'wait') return [];
  if (readiness.kind === 'skip') return [skip(step.id, readiness.reason, state)];
  if (step.when === null) return beginStep(step, plan, state, now);

  const condition = conditionOf(step.when, state.scope, { now });
  if (!condition.ok) {
    const { code, message } = condition.error;
    return [failUnit(step, { stepId: step.id }, state, { code, message: `when: ${message}` })];
  }
  return condition.value ? beginStep(step, plan, state, now) : [skip(step.id, 'its "when" is false', state)];
}

function beginStep(step: PlannedStep, plan: WorkflowPlan, state: RunState, now: number): StepDecision[] {
  if (step.forEach !== null) return beginLoop(step, step.forEach, plan, state, now);
  const decision = beginUnit(step, { stepId: step.id }, plan, state, now);
  return decision === null ? [] : [decision];
}

function skip(stepId: string, reason: string, state: RunState): StepDecision {
  state.move({ stepId }, 'skipped');
  return { type: 'skip', stepId, reason };
}

/** Whether something that began in this walk has also succeeded in it. */
function isDoneAtOnce(decision: StepDecision): boolean {
  return decision.type === 'open' || (decision.type === 'succeed' && decision.inputs !== undefined);
}

/** Ends whatever has not ended and is not running in the worker. */
function endOpenSteps(plan: WorkflowPlan, state: RunState, closing: Closing): StepDecision[] {
  const decisions: StepDecision[] = [];
  const reason = runEndsReason(closing.error.message);
  for (const stepId of state.openIds) {
    const step = plan.stepsById.get(stepId);
    const { status } = state.step(stepId);
    if (step !== undefined && state.loop(stepId) !== undefined) {
      decisions.push(...windUpLoop(step, state, reason));
    } else if (status === 'pending' && closing.status === 'failed') {
      decisions.push(skip(stepId, 'the run has failed', state));
    } else if (status !== 'running') {
      decisions.push(cancelUnit({ stepId }, state, reason));
    }
  }
  return decisions;
}

function endRun(plan: WorkflowPlan, state: RunState, now: number): EndDecision {
  // What became of the on_failure steps does not change how the run has failed.
  if (state.failure !== null) return { type: 'end', ...state.failure };
  if (state.closing !== null) return { type: 'end', ...state.closing };
  if (plan.result === null) return { type: 'end', status: 'succeeded', result: outputsOfLeaves(plan, state) };
  const result = renderWithin(plan.result, 'result', state.scope, now);
  if (result.ok) return { type: 'end', status: 'succeeded', result: result.value };
  const { code, path, message } = result.error;
  return { type: 'end', status: 'failed', error: { code, message: `${path}: ${message}` } };
}

/** The result where the workflow has no template: the outputs of the steps that no other needs, by id. */
function outputsOfLeaves(plan: WorkflowPlan, state: RunState): JsonValue {
  return Object.fromEntries(plan.leafIds.map((id) => [id, state.step(id).output]));
}
