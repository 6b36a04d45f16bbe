import { isJsonObject, type JsonObject, type JsonValue } from '../engine/core/json';

/** A step with what it uses. */
export interface SpecStep {
  readonly stepId: string;
  /** Where its `uses` stands: `steps[2].uses`. */
  readonly path: string;
  readonly uses: JsonObject;
}

/** The steps of a compiled spec, in their order; those of `on_failure` last. */
export function stepsOf(spec: JsonObject): SpecStep[] {
  return [...stepsIn(spec, 'steps'), ...stepsIn(spec, 'on_failure')];
}

function stepsIn(spec: JsonObject, list: 'steps' | 'on_failure'): SpecStep[] {
  const steps = spec[list];
  return (Array.isArray(steps) ? steps : []).flatMap((step, index) => {
    if (!isJsonObject(step) || typeof step.id !== 'string' || !isJsonObject(step.uses)) return [];
    return [{ stepId: step.id, path: `${list}[${index}].uses`, uses: step.uses }];
  });
}

export function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
