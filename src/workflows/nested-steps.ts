import type { JsonObject } from '../engine/core/json';
import { type Inputs, stepsOf, textOrNull } from './spec-steps';

/** A workflow as a step that calls it names it. */
export interface WorkflowReference {
  readonly workflowDefinitionId: string;
  /** Null: the latest when a run starts. */
  readonly version: string | null;
}

/** A step that calls another workflow, as its author wrote it. */
export interface NestedStep extends WorkflowReference {
  readonly stepId: string;
  /** Where its `uses` stands: `steps[2].uses`. */
  readonly path: string;
  readonly inputs: Inputs;
}

/** The steps of a compiled spec that call other workflows, in their order; those of `on_failure` last. */
export function nestedSteps(spec: JsonObject): NestedStep[] {
  return stepsOf(spec).flatMap(({ stepId, path, uses, inputs }) => {
    const { workflow_definition_id: id, version } = uses;
    if (typeof id !== 'string') return [];
    return [{ stepId, path, workflowDefinitionId: id.toLowerCase(), version: textOrNull(version), inputs }];
  });
}
