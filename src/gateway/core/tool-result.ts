import type { CallToolResult } from '@modelcontextprotocol/server';

import { isJsonObject, type JsonValue } from '../../engine/core/json';

/** In `_meta` of a result: the run that gave it, for whoever wants to look at its steps. */
const RUN_META = 'mcp-backend/run_id';

/**
 * The output of a component or a workflow as the result of a tool: as text for every client, and structured.
 *
 * @param hasSchema whether the tool names a schema of it: then it is structured whatever it is
 */
export function outputResult(output: JsonValue, runId: string, hasSchema: boolean): CallToolResult {
  return {
    content: [{ type: 'text', text: typeof output === 'string' ? output : JSON.stringify(output) }],
    ...((hasSchema || isJsonObject(output)) && { structuredContent: output }),
    _meta: { [RUN_META]: runId },
  };
}

/**
 * A call that came to nothing, told as a result: models read results, and may do better the next time; errors of the
 * protocol end in a log of the client.
 */
export function faultResult(code: string, message: string, runId?: string): CallToolResult {
  return {
    content: [{ type: 'text', text: `${code}: ${message}` }],
    isError: true,
    ...(runId !== undefined && { _meta: { [RUN_META]: runId } }),
  };
}
