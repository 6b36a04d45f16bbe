import type { CallToolResult } from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import type { Issue } from '../../engine/core/issue';
import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json';
import type { StepContext } from '../../engine/ports';
import type { EgressFetch } from '../../security/egress/egress-guard';
import { BoundedLog } from '../bounded-log';
import type { ComponentCall, ComponentType } from '../component-type';
import { checkHeaderFields } from '../header-fields';
import { withTimeLimit } from '../time-limit';
import { ConnectionPool, type PoolLimits } from './connection-pool';
import { McpConnection, type ExchangeContext, type ToolCall } from './mcp-connection';
import { isSessionLost, quote } from './mcp-failure';
import { connectionKey, MCP_SERVER_SCHEMA, readFields, type McpServerFields } from './mcp-server-config';

/**
 * A stdio server is a process of about 50 MB, so not many are kept: 8 calls of one server run at once, and
 * one that was not used for a minute is ended.
 */
export const POOL_LIMITS: PoolLimits = { perKey: 8, total: 64, idleMs: 60_000 };

/** What the type is made with. */
export interface McpServerOptions {
  /** The egress guard's. */
  readonly fetch: EgressFetch;
  /** Ours, told to servers. */
  readonly version: string;
  readonly limits?: PoolLimits;
}

/** Component type `mcp_server`: calls a tool of an MCP server, over HTTP or as a process. */
export class McpServer implements ComponentType {
  readonly mcpType = 'mcp_server';
  readonly summary = 'Calls a tool of an MCP server over Streamable HTTP or as a process (stdio).';
  readonly configSchema = MCP_SERVER_SCHEMA;
  readonly example: JsonObject = {
    type: 'mcp_server',
    transport: 'stdio',
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-everything', 'stdio'],
    timeout_seconds: 60,
  };

  readonly executesCode = (config: JsonObject): boolean => config.transport === 'stdio';

  private readonly pool: ConnectionPool<McpConnection>;

  constructor(private readonly options: McpServerOptions) {
    this.pool = new ConnectionPool(options.limits ?? POOL_LIMITS);
  }

  checkConfig(config: JsonObject): Issue[] {
    const { server } = readFields(config);
    const issues = placeholders(config);
    if (server.transport === 'stdio') return [...issues, ...checkEnvironment(server.env)];
    return [...issues, ...checkUrl(server.url), ...checkHeaderFields(server.headers, 'headers')];
  }

  async run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const fields = readFields(call.config);
    const toolCall = readCall(call, fields);
    const limit = withTimeLimit(context.signal, fields.timeoutSeconds);
    try {
      const exchange = { signal: limit.signal, log: new BoundedLog(context) };
      return outputOf(toolCall.tool, await this.call(fields, toolCall, exchange));
    } finally {
      limit.clear();
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async call(
    fields: McpServerFields,
    call: ToolCall,
    context: ExchangeContext,
  ): Promise<CallToolResult> {
    const key = connectionKey(fields.server);
    for (;;) {
      const lease = await this.pool.lease(key, context.signal, () =>
        McpConnection.open(fields.server, this.options, context),
      );
      try {
        return await lease.connection.call(call, context);
      } catch (error) {
        // The server has forgotten the session and did not look at the call: once more on a new one. A
        // connection that is not reused ends the loop.
        if (!lease.isReused || !isSessionLost(error)) throw error;
      } finally {
        this.pool.release(key, lease);
      }
    }
  }
}

function readCall({ tool, inputs, idempotencyKey }: ComponentCall, fields: McpServerFields): ToolCall {
  if (tool === null) throw new AppError('INVALID_INPUT', 'uses.tool: an mcp_server needs the name of a tool');
  const isAllowed = fields.allowTools?.includes(tool) ?? true;
  if (!isAllowed || fields.denyTools.includes(tool)) {
    const list = isAllowed ? 'named by deny_tools' : 'not named by allow_tools';
    throw new AppError(
      'UNKNOWN_TOOL',
      `The tool "${tool}" may not be called: it is ${list} of this component`,
    );
  }
  if (inputs !== null && !isJsonObject(inputs)) {
    throw new AppError('INVALID_INPUT', 'inputs: the arguments of a tool must be an object');
  }
  return { tool, args: inputs ?? {}, idempotencyKey };
}

function outputOf(tool: string, result: CallToolResult): JsonValue {
  if (result.isError === true) {
    const text = result.content
      .map((block) => (block.type === 'text' ? block.text : `(${block.type})`))
      .join('\n');
    throw new AppError('TOOL_ERROR', `The tool "${tool}" failed: ${quote(text)}`);
  }
  return {
    content: result.content as unknown as JsonValue,
    structured_content: (result.structuredContent ?? null) as JsonValue,
    is_error: false,
  };
}

function checkUrl(url: string): Issue[] {
  if (!URL.canParse(url))
    return [{ path: 'url', message: 'must be an absolute address, like https://example.com/mcp' }];
  const { protocol, username, password } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return [{ path: 'url', message: `must begin with http:// or https://, not ${protocol}` }];
  }
  if (username !== '' || password !== '') {
    return [{ path: 'url', message: 'must not hold a user name or password: send an authorization header' }];
  }
  return [];
}

function checkEnvironment(env: Readonly<Record<string, string>>): Issue[] {
  return Object.entries(env)
    .filter(([name, value]) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0'))
    .map(([name]) => ({ path: `env.${name}`, message: 'is not a variable that a process can have' }));
}

/** A connection serves many calls, so it cannot depend on the inputs of one: better said than sent literally. */
function placeholders(config: JsonObject): Issue[] {
  return ['url', 'headers', 'command', 'args', 'env']
    .filter((key) => JSON.stringify(config[key] ?? null).includes('${{'))
    .map((path) => ({
      path,
      message: 'cannot hold ${{ … }}: a connection is shared by calls with different inputs',
    }));
}
