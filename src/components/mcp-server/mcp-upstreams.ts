import type {
  CallToolResult,
  CompleteRequestParams,
  CompleteResult,
  GetPromptResult,
  ReadResourceResult,
} from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import type { Issue } from '../../engine/core/issue';
import { type ConfigSecrets, WITHOUT_SECRETS } from '../secrets/config-secrets';
import { withTimeLimit } from '../time-limit';
import type { ExchangeContext } from './exchange';
import type { McpConnection } from './mcp-connection';
import { readFields, type McpServerFields, type StdioServer } from './mcp-server-config';
import { ServerCatalogs } from './server-catalogs';
import { ServerSessions, type SessionOptions, type SessionUse } from './server-sessions';
import {
  UpstreamServers,
  type ToolCall,
  type Upstream,
  type UpstreamCatalog,
  type UpstreamExchange,
} from './upstream-servers';

const REPEATABLE = () => true;

/** What sessions need, and where the secrets of stored configurations are. */
export interface UpstreamOptions extends Omit<SessionOptions, 'onListChanged' | 'onLost'> {
  readonly secrets?: ConfigSecrets;
}

/** The servers behind `mcp_server` definitions, over sessions that steps and the gateway share. */
export class McpUpstreams extends UpstreamServers {
  private readonly sessions: ServerSessions;
  private readonly catalogs: ServerCatalogs;
  private readonly listeners = new Set<(definitionId: string) => void>();

  private readonly secrets: ConfigSecrets;

  constructor(private readonly options: UpstreamOptions) {
    super();
    this.secrets = options.secrets ?? WITHOUT_SECRETS;
    this.sessions = new ServerSessions({
      ...options,
      onListChanged: (key) => {
        this.catalogs.changed(key);
      },
      onLost: (key) => {
        this.catalogs.expire(key);
      },
    });
    this.catalogs = new ServerCatalogs(this.sessions, (definitionId) => {
      for (const listener of this.listeners) listener(definitionId);
    });
  }

  /** What is wrong with a server that is a process, so that it is told when it is saved. */
  checkProcess(server: StdioServer): Issue[] {
    return this.options.launcher.check(server);
  }

  async catalog(upstream: Upstream, signal: AbortSignal): Promise<UpstreamCatalog> {
    const fields = await this.read(upstream);
    const { lists, ...known } = await this.catalogs.get(fields.server, upstream.definitionId, signal);
    return {
      ...lists,
      ...known,
      tools: lists.tools.filter(({ name }) => isAllowed(name, fields)),
      isStale: known.error !== null && known.fetchedAt !== null,
    };
  }

  async callTool(upstream: Upstream, call: ToolCall, exchange: UpstreamExchange): Promise<CallToolResult> {
    return this.call(await this.read(upstream), call, toContext(exchange));
  }

  async getPrompt(
    upstream: Upstream,
    { name, args }: { readonly name: string; readonly args: Readonly<Record<string, string>> },
    exchange: UpstreamExchange,
  ): Promise<GetPromptResult> {
    return this.ask(await this.read(upstream), toContext(exchange), (connection, context) =>
      connection.request(context, (client, options) =>
        client.getPrompt({ name, arguments: { ...args } }, options),
      ),
    );
  }

  async readResource(
    upstream: Upstream,
    uri: string,
    exchange: UpstreamExchange,
  ): Promise<ReadResourceResult> {
    return this.ask(await this.read(upstream), toContext(exchange), (connection, context) =>
      connection.request(context, (client, options) =>
        client.readResource({ uri }, { ...options, cacheMode: 'bypass' }),
      ),
    );
  }

  async complete(
    upstream: Upstream,
    params: CompleteRequestParams,
    exchange: UpstreamExchange,
  ): Promise<CompleteResult> {
    return this.ask(await this.read(upstream), toContext(exchange), (connection, context) =>
      connection.request(context, (client, options) => client.complete(params, options)),
    );
  }

  onChanged(listener: (definitionId: string) => void): () => void {
    // One of its own each time, so that who registers twice must also leave twice.
    const own = (definitionId: string) => {
      listener(definitionId);
    };
    this.listeners.add(own);
    return () => {
      this.listeners.delete(own);
    };
  }

  /** Calls a tool by a configuration that is read already. */
  async call(fields: McpServerFields, call: ToolCall, context: ExchangeContext): Promise<CallToolResult> {
    assertAllowed(call.tool, fields);
    return this.use(fields, context, {
      isRepeatable: (connection) => connection.isRepeatable(call.tool),
      work: (connection, limited) => connection.call(call, limited),
    });
  }

  async close(): Promise<void> {
    await this.sessions.close();
  }

  /** What changes nothing on the server may be asked again. */
  private ask<Value>(fields: McpServerFields, context: ExchangeContext, work: Work<Value>): Promise<Value> {
    return this.use(fields, context, { isRepeatable: REPEATABLE, work });
  }

  private async use<Value>(
    { server, timeoutSeconds }: McpServerFields,
    { signal, events }: ExchangeContext,
    { isRepeatable, work }: Pick<SessionUse<Value>, 'isRepeatable'> & { readonly work: Work<Value> },
  ): Promise<Value> {
    const limit = withTimeLimit(signal, timeoutSeconds);
    const context = { signal: limit.signal, events };
    try {
      return await this.sessions.use(server, context, {
        isRepeatable,
        work: (connection) => work(connection, context),
      });
    } finally {
      limit.clear();
    }
  }

  /** The one place where a stored configuration becomes one that can be used. */
  private async read({ config }: Upstream): Promise<McpServerFields> {
    return readFields((await this.secrets.open(config)).config);
  }
}

type Work<Value> = (connection: McpConnection, context: ExchangeContext) => Promise<Value>;

function isAllowed(tool: string, { allowTools, denyTools }: McpServerFields): boolean {
  return (allowTools?.includes(tool) ?? true) && !denyTools.includes(tool);
}

function assertAllowed(tool: string, fields: McpServerFields): void {
  if (isAllowed(tool, fields)) return;
  const list = fields.denyTools.includes(tool) ? 'named by deny_tools' : 'not named by allow_tools';
  throw new AppError('UNKNOWN_TOOL', `The tool "${tool}" may not be called: it is ${list} of this component`);
}

function toContext(exchange: UpstreamExchange): ExchangeContext {
  return {
    signal: exchange.signal,
    events: {
      progress: (progress) => exchange.onProgress?.(progress),
      message: (line) => exchange.onLog?.(line),
      // Of a process, for those who run it: not for a client of the tool.
      output: () => undefined,
      refused: (method) => exchange.onLog?.({ level: 'warning', data: refusalText(method) }),
    },
  };
}

/** Words for the log of whoever called. */
export function refusalText(method: string): string {
  return `The server asked for ${method} and was refused: mcp-backend does not answer it`;
}
