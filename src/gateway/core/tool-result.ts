import type { CallToolResult } from '@modelcontextprotocol/server';

import { isJsonObject, type JsonValue } from '../../engine/core/json';

/** In `_meta` of a result: the run that gave it, for whoever wants to look at its steps. */
const RUN_META = 'mcp-backend/run_id';

/** In `_meta` of a fault: its code by itself, for programs that read results. */
const ERROR_CODE_META = 'mcp-backend/error_code';

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
    _meta: { [ERROR_CODE_META]: code, ...(runId !== undefined && { [RUN_META]: runId }) },
  };
}

/** What a result of ours says of itself beside its content. */
export function readMeta({ _meta }: CallToolResult): { runId: string | null; errorCode: string | null } {
  return { runId: textOrNull(_meta?.[RUN_META]), errorCode: textOrNull(_meta?.[ERROR_CODE_META]) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
