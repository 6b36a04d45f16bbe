import type { JsonObject } from '../engine/core/json';
import { type Inputs, stepsOf, textOrNull } from './spec-steps';

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
  readonly inputs: Inputs;
}

/** The steps of a compiled spec that call components, in their order; those of `on_failure` last. */
export function componentSteps(spec: JsonObject): ComponentStep[] {
  return stepsOf(spec).flatMap(({ stepId, path, uses, inputs }) => {
    const { mcp_definition_id: id, version, tool } = uses;
    if (typeof id !== 'string') return [];
    // UUIDs are the same in any case; stored ones are lower.
    const mcpDefinitionId = id.toLowerCase();
    return [{ stepId, path, mcpDefinitionId, version: textOrNull(version), tool: textOrNull(tool), inputs }];
  });
}
