import { beginUnit } from './begin-unit';
import { cancelUnit } from './cancel-unit';
import type { StepDecision } from './decision';
import { failUnit } from './fail-unit';
import type { LoopState } from './loop-state';
import { resumeUnit } from './resume-unit';
import type { RunState } from './run-state';
import { itemsOf } from './step-values';
import type { PlannedLoop, PlannedStep, WorkflowPlan } from './workflow-plan';

/** Items that begin in one walk: those of builtins end at once, and the next walk is another checkpoint. */
const MAX_BEGUN_AT_ONCE = 200;

/** Begins a `for_each` step: computes its items, which then begin one by one. Applied to `state` in place. */
export function beginLoop(
  step: PlannedStep,
  loop: PlannedLoop,
  plan: WorkflowPlan,
  state: RunState,
  now: number,
): StepDecision[] {
  const unit = { stepId: step.id };
  const items = itemsOf(loop.items, state.scope, { now });
  if (!items.ok) {
    const { code, message } = items.error;
    return [failUnit(step, unit, state, { code, message: `for_each.items: ${message}` })];
  }
  const attempt = state.step(step.id).attempt + 1;
  state.openLoop(step, loop, items.value, attempt);
  return [
    { ...unit, type: 'open', attempt, inputs: items.value },
    ...advanceLoop(step, loop, plan, state, now),
  ];
}

/**
 * Goes on with a `for_each` step that is under way: with items whose time has come, with as many new ones as there
 * are places, and with its end. Applied to `state` in place. Costs what is open, not what there is in all.
 */
export function advanceLoop(
  step: PlannedStep,
  { maxParallel }: PlannedLoop,
  plan: WorkflowPlan,
  state: RunState,
  now: number,
): StepDecision[] {
  const loop = loopOf(step, state);
  const decisions: StepDecision[] = [];
  for (const item of loop.openItems.keys()) {
    if (loop.failure !== null) break;
    const decision = resumeUnit(step, { stepId: step.id, item }, plan, state, now);
    if (decision !== null) decisions.push(decision);
  }
  for (let begun = 0; begun < MAX_BEGUN_AT_ONCE; begun++) {
    const item = loop.nextItem;
    if (item === null || loop.failure !== null || loop.openItems.size >= maxParallel) break;
    const decision = beginUnit(step, { stepId: step.id, item }, plan, state, now);
    if (decision === null) break;
    decisions.push(decision);
  }
  if (loop.failure !== null) return [...decisions, ...windUpLoop(step, state, 'Another item has failed')];
  if (loop.isComplete) decisions.push(endLoop(step, loop, state));
  return decisions;
}

/**
 * Brings a `for_each` step that begins nothing more to its end: items that nothing works on are cancelled, and
 * when none is at work any more, the step ends.
 *
 * @param reason why the items are cancelled
 */
export function windUpLoop(step: PlannedStep, state: RunState, reason: string): StepDecision[] {
  const loop = loopOf(step, state);
  const decisions: StepDecision[] = [];
  for (const [item, { status }] of loop.openItems) {
    if (status !== 'running') decisions.push(cancelUnit({ stepId: step.id, item }, state, reason));
  }
  if (loop.openItems.size > 0) return decisions;
  const hasResult = loop.failure !== null || loop.isComplete;
  decisions.push(hasResult ? endLoop(step, loop, state) : cancelUnit({ stepId: step.id }, state, reason));
  return decisions;
}

function endLoop(step: PlannedStep, loop: LoopState, state: RunState): StepDecision {
  const unit = { stepId: step.id };
  const { failure, outputs: output, outputBytes } = loop;
  if (failure !== null) return failUnit(step, unit, state, failure.error, undefined, failure.status);
  const { attempt } = state.step(step.id);
  // What its items gave has found room already.
  state.move(unit, 'succeeded', { output, outputBytes });
  return { ...unit, type: 'succeed', attempt, output };
}

function loopOf(step: PlannedStep, state: RunState): LoopState {
  const loop = state.loop(step.id);
  if (loop === undefined) throw new Error(`Step "${step.id}" has no items under way`);
  return loop;
}
