import { failureMessage, waitUntil } from './builtin-inputs';
import type { StepDecision } from './decision';
import { failStep } from './fail-step';
import type { JsonValue } from './json';
import type { RunState } from './run-state';
import type { PlannedStep, WorkflowPlan } from './workflow-plan';
import type { Builtin } from './workflow-spec';

/**
 * Begins the next attempt of a step that is ready: computes its inputs, then hands a component to the worker,
 * or does a builtin at once. Applied to `state` in place.
 *
 * @returns null when as many steps run as may: the step stays as it is
 */
export function beginStep(
  step: PlannedStep,
  plan: WorkflowPlan,
  state: RunState,
  now: number,
): StepDecision | null {
  if (step.uses.kind === 'component' && state.runningCount >= plan.maxParallelSteps) return null;
  const inputs = step.inputs.render(state.scope, { now });
  if (!inputs.ok) {
    const { code, path, message } = inputs.error;
    return failStep(step, state, { code, message: `${pathInStep(path)}: ${message}` });
  }
  const attempt = state.step(step.id).attempt + 1;
  state.move(step.id, 'running', { attempt });
  if (step.uses.kind === 'builtin') return doBuiltin(step.uses.name, step, inputs.value, state, now);
  return { type: 'start', stepId: step.id, attempt, inputs: inputs.value };
}

function doBuiltin(
  builtin: Builtin,
  step: PlannedStep,
  inputs: JsonValue,
  state: RunState,
  now: number,
): StepDecision {
  const { attempt } = state.step(step.id);
  switch (builtin) {
    case 'set':
      state.move(step.id, 'succeeded', { output: inputs });
      return { type: 'succeed', stepId: step.id, attempt, inputs, output: inputs };
    case 'wait': {
      const until = waitUntil(inputs, now);
      if (!until.ok) return failStep(step, state, { code: 'INVALID_INPUT', message: until.error }, inputs);
      state.move(step.id, 'waiting', { wakeAt: until.value });
      return { type: 'wait', stepId: step.id, attempt, inputs, wakeAt: until.value };
    }
    case 'fail': {
      const message = failureMessage(inputs);
      const error = message.ok
        ? { code: 'STEP_FAILED', message: message.value }
        : { code: 'INVALID_INPUT', message: message.error };
      return failStep(step, state, error, inputs);
    }
  }
}

/** `steps[3].inputs.url` as it reads from inside the step: `inputs.url`. */
function pathInStep(path: string): string {
  return path.replace(/^steps\[\d+\]\./, '');
}
