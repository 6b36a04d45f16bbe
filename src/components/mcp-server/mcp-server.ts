import type { CallToolResult } from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import type { Issue } from '../../engine/core/issue';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import type { LogLevel, StepContext } from '../../engine/ports';
import { BoundedLog } from '../bounded-log';
import type { ComponentCall, ComponentType, ProbeReport } from '../component-type';
import { checkHeaderFields } from '../header-fields';
import { addressFault } from '../http-address';
import { namedInputs } from '../named-inputs';
import { quote } from '../quote';
import type { ExchangeEvents } from './exchange';
import { MCP_SERVER_SCHEMA, readFields } from './mcp-server-config';
import { checkAuth } from './server-auth';
import { refusalText } from './exchange-context';
import type { McpUpstreams } from './mcp-upstreams';
import type { ToolCall } from './upstream-servers';

/** Component type `mcp_server`: calls a tool of an MCP server, over HTTP or as a process. */
export class McpServer implements ComponentType {
  readonly mcpType = 'mcp_server';
  readonly summary = 'Calls a tool of an MCP server over Streamable HTTP, HTTP+SSE or as a process (stdio).';
  readonly configSchema = MCP_SERVER_SCHEMA;
  readonly example: JsonObject = {
    type: 'mcp_server',
    transport: 'stdio',
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-everything', 'stdio'],
    // npx fetches it.
    network: true,
    timeout_seconds: 60,
  };

  readonly executesCode = (config: JsonObject): boolean => config.transport === 'stdio';

  constructor(private readonly upstreams: McpUpstreams) {}

  checkConfig(config: JsonObject): Issue[] {
    const { server } = readFields(config);
    const issues = placeholders(config);
    if (server.transport === 'stdio') return [...issues, ...this.upstreams.checkProcess(server)];
    return [
      ...issues,
      ...checkUrl(server.url),
      ...checkHeaderFields(server.headers, 'headers'),
      ...checkAuth(server.auth, server.headers),
    ];
  }

  async run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const toolCall = readCall(call);
    const events = logEvents(new BoundedLog(context));
    const result = await this.upstreams.call(
      readFields(call.config),
      toolCall,
      {
        signal: context.signal,
        events,
      },
      call,
    );
    return outputOf(toolCall.tool, result);
  }

  async probe(config: JsonObject, signal: AbortSignal): Promise<ProbeReport> {
    const started = performance.now();
    const { server, lists } = await this.upstreams.probe(readFields(config), signal);
    return {
      latencyMs: performance.now() - started,
      facts: {
        server_name: server?.name ?? null,
        server_version: server?.version ?? null,
        protocol_version: server?.protocolVersion ?? null,
        tools: lists.tools.length,
        prompts: lists.prompts.length,
        resources: lists.resources.length,
      },
    };
  }

  async close(): Promise<void> {
    await this.upstreams.close();
  }
}

/** MCP's levels of a log line; the others are errors. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warning: 'warn',
};

/** What a server does beside its answer, as lines of the run's log. */
function logEvents(log: BoundedLog): ExchangeEvents {
  return {
    progress: ({ progress, total, message }) => {
      const of = total === undefined ? '' : `/${total}`;
      const text = message === undefined ? '' : `: ${message}`;
      log.write('system', 'info', `progress ${progress}${of}${text}`);
    },
    message: ({ level, data }) => {
      log.write('system', LEVELS[level] ?? 'error', typeof data === 'string' ? data : JSON.stringify(data));
    },
    output: (stream, line) => {
      log.write(stream, 'info', line);
    },
    refused: (method) => {
      log.write('system', 'warn', refusalText(method));
    },
  };
}

function readCall({ tool, inputs, idempotencyKey }: ComponentCall): ToolCall {
  if (tool === null) throw new AppError('INVALID_INPUT', 'uses.tool: an mcp_server needs the name of a tool');
  return { tool, args: namedInputs('mcp_server', inputs), idempotencyKey };
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
  const fault = addressFault(url);
  return fault === null ? [] : [{ path: 'url', message: fault }];
}

/** A connection serves many calls, so it cannot depend on the inputs of one: better said than sent literally. */
function placeholders(config: JsonObject): Issue[] {
  return ['url', 'headers', 'auth', 'command', 'args', 'env']
    .filter((key) => JSON.stringify(config[key] ?? null).includes('${{'))
    .map((path) => ({
      path,
      message: 'cannot hold ${{ … }}: a connection is shared by calls with different inputs',
    }));
}
