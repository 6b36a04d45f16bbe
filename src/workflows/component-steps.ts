import { isJsonObject, type JsonObject, type JsonValue } from '../engine/core/json';

/** A step that calls a component, as its author wrote it. */
export interface ComponentStep {
  readonly stepId: string;
  /** Where its `uses` stands: `steps[2].uses`. */
  readonly path: string;
  readonly mcpDefinitionId: string;
  /** Null: the latest when a run starts. */
  readonly version: string | null;
  /** Null: none is named. */
  readonly tool: string | null;
}

/** The steps of a compiled spec that call components, in their order; those of `on_failure` last. */
export function componentSteps(spec: JsonObject): ComponentStep[] {
  return [...stepsOf(spec, 'steps'), ...stepsOf(spec, 'on_failure')];
}

function stepsOf(spec: JsonObject, list: 'steps' | 'on_failure'): ComponentStep[] {
  const steps = spec[list];
  return (Array.isArray(steps) ? steps : []).flatMap((step, index) => {
    const uses = isJsonObject(step) && isJsonObject(step.uses) ? step.uses : {};
    if (!isJsonObject(step) || typeof step.id !== 'string' || typeof uses.mcp_definition_id !== 'string') {
      return [];
    }
    return [
      {
        stepId: step.id,
        path: `${list}[${index}].uses`,
        // UUIDs are the same in any case; stored ones are lower.
        mcpDefinitionId: uses.mcp_definition_id.toLowerCase(),
        version: textOrNull(uses.version),
        tool: textOrNull(uses.tool),
      },
    ];
  });
}

function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
