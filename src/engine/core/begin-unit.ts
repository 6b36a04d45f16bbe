import { failureMessage, waitUntil } from './builtin-inputs';
import { renderWithin } from './computed-size';
import type { StepDecision } from './decision';
import { failUnit } from './fail-unit';
import type { JsonValue } from './json';
import { callNested } from './nested-run';
import { jsonBytes } from './output-size';
import type { RunState } from './run-state';
import { awaitSignal } from './signal';
import { succeedUnit } from './succeed-unit';
import type { Unit } from './unit';
import type { PlannedStep, WorkflowPlan } from './workflow-plan';
import type { Builtin } from './workflow-spec';

/**
 * Begins the next attempt of a unit that is ready: computes its inputs, then hands a component or a nested
 * workflow to the worker, or does a builtin at once. Applied to `state` in place.
 *
 * @returns null when as many units run as may: this one stays as it is
 */
export function beginUnit(
  step: PlannedStep,
  unit: Unit,
  plan: WorkflowPlan,
  state: RunState,
  now: number,
): StepDecision | null {
  if (step.uses.kind === 'component' && state.runningCount >= plan.maxParallelSteps) return null;
  const inputs = renderWithin(step.inputs, 'inputs', state.scopeOf(unit), now);
  if (!inputs.ok) {
    const { code, path, message } = inputs.error;
    return failUnit(step, unit, state, { code, message: `${pathInStep(path)}: ${message}` });
  }
  const attempt = state.unit(unit).attempt + 1;
  state.move(unit, 'running', { attempt });
  if (step.uses.kind === 'workflow') return callNested(step, unit, inputs.value, state, now);
  if (step.uses.kind === 'builtin') return doBuiltin(step.uses.name, step, unit, inputs.value, state, now);
  return { ...unit, type: 'start', attempt, inputs: inputs.value };
}

function doBuiltin(
  builtin: Builtin,
  step: PlannedStep,
  unit: Unit,
  inputs: JsonValue,
  state: RunState,
  now: number,
): StepDecision | null {
  const { attempt } = state.unit(unit);
  switch (builtin) {
    case 'set':
      return succeedUnit(step, unit, state, { output: inputs, bytes: jsonBytes(inputs) }, inputs);
    case 'wait': {
      const until = waitUntil(inputs, now);
      if (!until.ok)
        return failUnit(step, unit, state, { code: 'INVALID_INPUT', message: until.error }, inputs);
      state.move(unit, 'waiting', { wakeAt: until.value });
      return { ...unit, type: 'wait', attempt, inputs, wakeAt: until.value };
    }
    case 'approval':
    case 'signal':
      return awaitSignal(step, unit, state, now, inputs);
    case 'fail': {
      const message = failureMessage(inputs);
      const error = message.ok
        ? { code: 'STEP_FAILED', message: message.value }
        : { code: 'INVALID_INPUT', message: message.error };
      return failUnit(step, unit, state, error, inputs);
    }
  }
}

/** `steps[3].inputs.url` as it reads from inside the step: `inputs.url`. */
function pathInStep(path: string): string {
  return path.replace(/^(steps|on_failure)\[\d+\]\./, '');
}
