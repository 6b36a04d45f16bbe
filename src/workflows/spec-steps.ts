import { isJsonObject, type JsonObject, type JsonValue } from '../engine/core/json';

/** A step with what it uses. */
export interface SpecStep {
  readonly stepId: string;
  /** Where it stands: `steps[2]`. */
  readonly at: string;
  /** Where its `uses` stands: `steps[2].uses`. */
  readonly path: string;
  readonly uses: JsonObject;
  readonly inputs: Inputs;
  /** All of it. */
  readonly step: JsonObject;
}

/** What a step is given: a document whose strings may hold `${{ expressions }}`. */
export interface Inputs {
  /** `steps[2].inputs`. */
  readonly path: string;
  readonly template: JsonValue;
}

/** The steps of a compiled spec, in their order; those of `on_failure` last. */
export function stepsOf(spec: JsonObject): SpecStep[] {
  return [...stepsIn(spec, 'steps'), ...stepsIn(spec, 'on_failure')];
}

function stepsIn(spec: JsonObject, list: 'steps' | 'on_failure'): SpecStep[] {
  const steps = spec[list];
  return (Array.isArray(steps) ? steps : []).flatMap((step, index) => {
    if (!isJsonObject(step) || typeof step.id !== 'string' || !isJsonObject(step.uses)) return [];
    const at = `${list}[${index}]`;
    const inputs = { path: `${at}.inputs`, template: step.inputs ?? {} };
    return [{ stepId: step.id, at, path: `${at}.uses`, uses: step.uses, inputs, step }];
  });
}

export function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
