import type {
  CallToolResult,
  CompleteRequestParams,
  CompleteResult,
  GetPromptResult,
  ReadResourceResult,
  Tool,
} from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import type { Issue } from '../../engine/core/issue';
import { type ConfigSecrets, WITHOUT_SECRETS } from '../secrets/config-secrets';
import { withTimeLimit } from '../time-limit';
import { SILENT, type ExchangeContext } from './exchange';
import type { McpConnection } from './mcp-connection';
import { readFields, type McpServerFields, type StdioServer } from './mcp-server-config';
import { ServerCatalogs, type KnownServer } from './server-catalogs';
import { ServerSessions, type SessionOptions, type SessionUse } from './server-sessions';
import {
  UpstreamServers,
  type ToolCall,
  type ToolReport,
  type Upstream,
  type UpstreamCatalog,
  type UpstreamExchange,
} from './upstream-servers';
import { toContext } from './exchange-context';
import { MemoryToolApprovals } from './memory-tool-approvals';
import type { ToolApprovals } from './tool-approvals';
import { isDrifted } from './tool-drift';
import { assertAllowed, isAllowed } from './tool-rules';
import { ToolWatch } from './tool-watch';

const REPEATABLE = () => true;

/** What sessions need, where the secrets of stored configurations are, and the approvals of tools. */
export interface UpstreamOptions extends Omit<SessionOptions, 'onListChanged' | 'onLost'> {
  readonly secrets?: ConfigSecrets;
  /** Absent: they last as long as this process. */
  readonly approvals?: ToolApprovals;
}

/** Whose configuration it is that a call uses: asked only when tools are held. */
export type OwnerOfCall = { readonly definitionId: string } | { readonly versionId: string };

/** The servers behind `mcp_server` definitions, over sessions that steps and the gateway share. */
export class McpUpstreams extends UpstreamServers {
  private readonly sessions: ServerSessions;
  private readonly catalogs: ServerCatalogs;
  private readonly watch: ToolWatch;
  private readonly listeners = new Set<(definitionId: string) => void>();

  private readonly secrets: ConfigSecrets;

  constructor(private readonly options: UpstreamOptions) {
    super();
    this.secrets = options.secrets ?? WITHOUT_SECRETS;
    this.watch = new ToolWatch(options.approvals ?? new MemoryToolApprovals());
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
    const { fields, known } = await this.known(upstream, signal);
    const { lists, ...rest } = known;
    const tools = await this.usable(upstream, fields, known);
    return {
      ...lists,
      ...rest,
      tools: tools.filter(({ name }) => isAllowed(name, fields)),
      isStale: isStale(known),
    };
  }

  async tools(upstream: Upstream, signal: AbortSignal): Promise<ToolReport> {
    const { fields, known } = await this.known(upstream, signal);
    const { server, fetchedAt, error } = known;
    const states =
      fetchedAt === null ? [] : await this.watch.states(upstream.definitionId, known.lists.tools);
    const tools = states
      .filter(({ name }) => isAllowed(name, fields))
      .map((state) => ({ ...state, isHeld: fields.holdsDriftedTools && isDrifted(state) }));
    return { tools, server, fetchedAt, error, isStale: isStale(known) };
  }

  async acceptTools(
    upstream: Upstream,
    names: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<ToolReport> {
    const { lists, error } = (await this.known(upstream, signal)).known;
    // What is not seen cannot be approved.
    if (error !== null) throw new AppError(error.code, error.message);
    await this.watch.accept(upstream.definitionId, lists.tools, names);
    for (const listener of this.listeners) listener(upstream.definitionId);
    return this.tools(upstream, signal);
  }

  async callTool(upstream: Upstream, call: ToolCall, exchange: UpstreamExchange): Promise<CallToolResult> {
    return this.call(await this.read(upstream), call, toContext(exchange), upstream);
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
  async call(
    fields: McpServerFields,
    call: ToolCall,
    context: ExchangeContext,
    owner: OwnerOfCall,
  ): Promise<CallToolResult> {
    assertAllowed(call.tool, fields);
    return this.use(fields, context, {
      isRepeatable: (connection) => connection.isRepeatable(call.tool),
      work: async (connection, limited) => {
        if (fields.holdsDriftedTools) await this.assertApproved(connection, call.tool, limited, owner);
        return connection.call(call, limited);
      },
    });
  }

  /** Connects, and asks for everything that the server offers. */
  async probe(fields: McpServerFields, signal: AbortSignal): Promise<KnownServer> {
    return this.use(
      fields,
      { signal, events: SILENT },
      {
        isRepeatable: REPEATABLE,
        isPatient: false,
        work: async (connection, context) => ({
          lists: await connection.lists(context),
          server: connection.identity,
          fetchedAt: new Date(),
          error: null,
        }),
      },
    );
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
    { work, ...use }: Omit<SessionUse<Value>, 'work'> & { readonly work: Work<Value> },
  ): Promise<Value> {
    const limit = withTimeLimit(signal, timeoutSeconds);
    const context = { signal: limit.signal, events };
    try {
      return await this.sessions.use(server, context, {
        ...use,
        work: (connection) => work(connection, context),
      });
    } finally {
      limit.clear();
    }
  }

  /** The tools that may be shown and called; the first list of a definition is approved by being seen. */
  private async usable(
    { definitionId }: Upstream,
    { holdsDriftedTools }: McpServerFields,
    { lists: { tools }, fetchedAt }: KnownServer,
  ): Promise<readonly Tool[]> {
    if (fetchedAt === null) return tools;
    if (holdsDriftedTools) return this.watch.withoutDrifted(definitionId, tools);
    // Nothing hangs on it here: it is tried again with the next list.
    await this.watch.begin(definitionId, tools).catch(() => undefined);
    return tools;
  }

  private async assertApproved(
    connection: McpConnection,
    tool: string,
    context: ExchangeContext,
    owner: OwnerOfCall,
  ): Promise<void> {
    const definition = await connection.describeTool(tool, context);
    const definitionId =
      'definitionId' in owner ? owner.definitionId : await this.watch.ownerOf(owner.versionId);
    await this.watch.assertApproved(definitionId, definition, connection.knownTools);
  }

  /** What the server offers. Why it could not be asked may quote its words, and these a secret of its configuration. */
  private async known(
    { definitionId, config }: Upstream,
    signal: AbortSignal,
  ): Promise<{ fields: McpServerFields; known: KnownServer }> {
    const opened = await this.secrets.open(config);
    const fields = readFields(opened.config);
    const known = await this.catalogs.get(fields.server, definitionId, signal);
    const { error } = known;
    if (error === null || opened.redactor.isEmpty) return { fields, known };
    return { fields, known: { ...known, error: { ...error, message: opened.redactor.text(error.message) } } };
  }

  private async read({ config }: Upstream): Promise<McpServerFields> {
    return readFields((await this.secrets.open(config)).config);
  }
}

type Work<Value> = (connection: McpConnection, context: ExchangeContext) => Promise<Value>;

function isStale({ error, fetchedAt }: KnownServer): boolean {
  return error !== null && fetchedAt !== null;
}
