import {
  type CallToolResult,
  type Client,
  LOG_LEVEL_META_KEY,
  type RequestOptions,
  type Tool,
} from '@modelcontextprotocol/client';
import { traceFields } from '../../common/tracing/tracing';
import type { ExchangeContext } from './exchange';
import type { ToolCall } from './upstream-servers';

/** Carried in `_meta` of each call, the same for every attempt of a step, so that a server can deduplicate. */
const IDEMPOTENCY_META_KEY = 'mcp-backend/idempotency-key';

/** Asks a server to run a tool, and passes on what it tells of its progress. */
export function requestTool(
  client: Client,
  { name, inputSchema }: Tool,
  { args, idempotencyKey }: ToolCall,
  { context, options }: { readonly context: ExchangeContext; readonly options: RequestOptions },
): Promise<CallToolResult> {
  const meta = {
    [IDEMPOTENCY_META_KEY]: idempotencyKey,
    ...(client.getProtocolEra() === 'modern' && { [LOG_LEVEL_META_KEY]: 'info' }),
    // MCP's way to pass a trace on (SEP-414): over stdio there are no headers.
    ...traceFields(),
  };
  const params = { name, arguments: args, _meta: meta };
  const followed: RequestOptions = {
    ...options,
    onprogress: (progress) => {
      context.events.progress(progress);
    },
  };
  // `callTool` does the same, and looks through its cache and the tool's schemas each time: that is needed only
  // for arguments which must be repeated in headers.
  return hasHeaderArguments(inputSchema)
    ? client.callTool(params, followed)
    : client.request({ method: 'tools/call', params }, followed);
}

/** Tools by their input schemas, which live as long as the list that they came with. */
const headerArguments = new WeakMap<object, boolean>();

/** Whether a tool has arguments that the request repeats in headers (`x-mcp-header`, 2026-07-28). */
function hasHeaderArguments(inputSchema: Tool['inputSchema']): boolean {
  let known = headerArguments.get(inputSchema);
  if (known === undefined) {
    known = JSON.stringify(inputSchema).includes('"x-mcp-header"');
    headerArguments.set(inputSchema, known);
  }
  return known;
}
