import type { RunClient } from './run-client';

const LANES = ['a', 'b', 'c'];
const STEPS_A_LANE = 10;

/** Steps of {@link createSlowWorkflow}. */
export const SLOW_STEPS = LANES.length * STEPS_A_LANE;

/**
 * A workflow of 30 steps in three lanes of ten, each an HTTP request that takes `stepMs`. A step runs only when the one
 * before it gave what it should, so that a run which lost or mixed up an outcome does not end with the right result:
 *
 *     a0 ─▶ a1 ─▶ … ─▶ a9
 *     b0 ─▶ b1 ─▶ … ─▶ b9
 *     c0 ─▶ c1 ─▶ … ─▶ c9
 *
 * @param url of a `SlowServer`, which answers with the name of the step
 * @returns the workflow's id
 */
export async function createSlowWorkflow(client: RunClient, url: string, stepMs: number): Promise<string> {
  const mcpDefinitionId = await client.createComponent({
    type: 'http_request',
    url: `${url}/${stepMs}/\${{ inputs.step }}`,
  });
  const steps = LANES.flatMap((lane) =>
    Array.from({ length: STEPS_A_LANE }, (_, position) => ({
      id: `${lane}${position}`,
      uses: { mcp_definition_id: mcpDefinitionId },
      inputs: { step: `${lane}${position}` },
      ...(position > 0 && { when: `${outputOf(lane, position - 1)} == "${lane}${position - 1}"` }),
    })),
  );
  const result = LANES.map((lane) => `\${{ ${outputOf(lane, STEPS_A_LANE - 1)} }}`);
  return client.createWorkflow({ steps, result });
}

/** What a run of the workflow must give. */
export const SLOW_RESULT = LANES.map((lane) => `${lane}${STEPS_A_LANE - 1}`);

function outputOf(lane: string, position: number): string {
  return `steps.${lane}${position}.output.body.step`;
}
