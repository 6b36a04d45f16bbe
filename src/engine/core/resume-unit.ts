import { beginUnit } from './begin-unit';
import type { StepDecision } from './decision';
import type { JsonValue } from './json';
import { jsonBytes } from './output-size';
import type { RunState } from './run-state';
import { awaitSignal } from './signal';
import { succeedUnit } from './succeed-unit';
import type { Unit } from './unit';
import type { PlannedStep, WorkflowPlan } from './workflow-plan';

/**
 * Goes on with a unit whose time has come: one between two attempts begins the next, a wait is
 * over, a signal has come. Applied to
 * `state` in place.
 *
 * @returns null where it is not time, nothing is waited for, or the next attempt finds no place
 */
export function resumeUnit(
  step: PlannedStep,
  unit: Unit,
  plan: WorkflowPlan,
  state: RunState,
  now: number,
): StepDecision | null {
  const { status, wakeAt } = state.unit(unit);
  // Its end, or its time limit, comes as an outcome.
  if (status === 'waiting' && step.uses.kind === 'workflow') return null;
  if (status === 'waiting' && step.signalName !== null) return awaitSignal(step, unit, state, now);
  if (wakeAt !== null && wakeAt > now) return null;
  if (status === 'retrying') return beginUnit(step, unit, plan, state, now);
  if (status !== 'waiting') return null;
  const output: JsonValue = { until: new Date(wakeAt ?? now).toISOString() };
  return succeedUnit(step, unit, state, { output, bytes: jsonBytes(output) });
}
