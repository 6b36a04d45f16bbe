import { compileWorkflow } from './compile-workflow';
import type { WorkflowPlan } from './workflow-plan';

/** The one step of a run that calls a component directly. */
export const COMPONENT_STEP_ID = 'invoke';

/**
 * What a run does that calls one component: a workflow of one step, which gets the run's parameters as its inputs, and
 * whose output is the result. Both expressions only pick, so that documents of any size pass through as they are.
 *
 * @throws Error when the tool's name is none that a workflow could have: it is checked before a run is recorded
 */
export function planComponentCall(mcpDefinitionId: string, tool: string | null): WorkflowPlan {
  const compiled = compileWorkflow({
    steps: [
      {
        id: COMPONENT_STEP_ID,
        uses: { mcp_definition_id: mcpDefinitionId, ...(tool !== null && { tool }) },
        inputs: '${{ params }}',
      },
    ],
    result: `\${{ steps.${COMPONENT_STEP_ID}.output }}`,
  });
  if (compiled.ok) return compiled.value;
  throw new Error(`The call of a component does not compile: ${JSON.stringify(compiled.error)}`);
}
