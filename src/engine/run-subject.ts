/**
 * What a run does: it follows a version of a workflow, or it calls one component. What follows from it, for every run
 * of the same subject alike, is its plan.
 */
export interface RunSubject {
  /** Null: the run calls one component. */
  readonly workflowVersionId: string | null;
  /** The component that it calls; null: it follows a workflow. Which version of it is among the run's pins. */
  readonly mcpDefinitionId: string | null;
  /** What it calls of an `mcp_server`. */
  readonly tool: string | null;
}
