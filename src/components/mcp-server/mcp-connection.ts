import { Client, LOG_LEVEL_META_KEY, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client';
import type {
  CallToolResult,
  JsonSchemaValidator,
  PriorDiscovery,
  RequestOptions,
  Tool,
} from '@modelcontextprotocol/client';
import { SpanKind } from '@opentelemetry/api';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../common/errors/app-error';
import { inSpan, traceFields } from '../../common/tracing/tracing';
import { orAborted } from '../time-limit';
import type { Poolable } from './connection-pool';
import { createTransport, type ServerLink, type TransportMeans } from './create-transport';
import { Exchange, Exchanges, SILENT, type ExchangeContext } from './exchange';
import { breaksSession, isRefusal, toMcpFailure } from './mcp-failure';
import { nameOf, type ServerAddress } from './mcp-server-config';
import { readLists, type ServerLists } from './server-lists';
import type { ServerIdentity, ToolCall } from './upstream-servers';

/** A stdio server that does not answer the question for its era this long is one of the earlier era. */
const STDIO_PROBE_MS = 5000;

/** The largest timer of the platform: the signal ends exchanges, not the SDK. */
const NO_TIMEOUT = 2_147_483_647;

/** How long a server may take to say that it is there still. */
const PING_MS = 2000;

/** How long a server may take to agree to tell its changes; one that does not is asked again by time alone. */
const LISTEN_MS = 5000;

/** Pages of one list: past it the server is taken for one that never ends. */
const MAX_PAGES = 32;

/** Most names of tools in the message that one of them is not there. */
const MAX_NAMES = 30;

/** How the SDK tells of an answer with the id of no question. */
const UNASKED = 'Received a response for an unknown message ID';

/** Carried in `_meta` of each call, the same for every attempt of a step, so that a server can deduplicate. */
const IDEMPOTENCY_META_KEY = 'mcp-backend/idempotency-key';

/** What connections are opened with. */
export interface ConnectionOptions extends TransportMeans {
  /** Of this program. */
  readonly version: string;
  /** The server says that a list of its has changed. */
  readonly onListChanged?: () => void;
}

/** A connected MCP client over one transport. */
export class McpConnection implements Poolable {
  private readonly exchanges = new Exchanges();
  private readonly client: Client;
  private readonly link: ServerLink;
  private tools: ReadonlyMap<string, Tool> = new Map();
  private toolsAreDue = false;
  private spent = false;

  private constructor(
    private readonly server: ServerAddress,
    private readonly options: ConnectionOptions,
  ) {
    this.client = new Client(
      { name: 'mcp-backend', version: options.version },
      {
        capabilities: {},
        versionNegotiation: {
          mode: 'auto',
          ...(server.transport === 'stdio' && { probe: { timeoutMs: STDIO_PROBE_MS } }),
        },
        listMaxPages: MAX_PAGES,
        // A schema of a server that we do not trust could hang the process by a pattern: what a tool
        // returns is passed on unchecked, and checked where it is used.
        jsonSchemaValidator: { getValidator: acceptAnything },
      },
    );
    this.link = createTransport(server, options, this.exchanges, (error) => {
      this.spent = true;
      this.exchanges.failAll(error);
    });
    this.listenToServer();
  }

  /**
   * Connects and learns the server's tools, in the era of the protocol that the server speaks.
   * @param prior the era, where it is known
   * @throws AppError CONNECTION_FAILED, PROTOCOL_ERROR, EGRESS_DENIED, UNEXPECTED_STATUS, OUTPUT_TOO_LARGE;
   * the signal's reason
   */
  static async open(
    server: ServerAddress,
    options: ConnectionOptions,
    context: ExchangeContext,
    prior: PriorDiscovery | null = null,
  ): Promise<McpConnection> {
    const connection = new McpConnection(server, options);
    try {
      await connection.connect(context, prior);
      return connection;
    } catch (error) {
      await connection.kill();
      if (prior !== null || !connection.mayHaveEndedAtProbe(error)) throw error;
    }
    return McpConnection.open(server, options, context, { kind: 'legacy' });
  }

  get isUsable(): boolean {
    return !this.spent && !this.link.hasEnded();
  }

  /** What the next connection to this server need not find out. */
  get era(): PriorDiscovery {
    const discover = this.client.getDiscoverResult();
    return discover === undefined ? { kind: 'legacy' } : { kind: 'modern', discover };
  }

  get identity(): ServerIdentity {
    const version = this.client.getServerVersion();
    return {
      name: version?.name ?? '',
      version: version?.version ?? '',
      protocolVersion: this.client.getNegotiatedProtocolVersion() ?? '',
      instructions: this.client.getInstructions() ?? null,
    };
  }

  /** The tools that the server had when it was asked last. */
  get knownTools(): readonly Tool[] {
    return [...this.tools.values()];
  }

  /** Whether the server says that calling a tool again does no harm. */
  isRepeatable(tool: string): boolean {
    const annotations = this.tools.get(tool)?.annotations;
    return annotations?.readOnlyHint === true || annotations?.idempotentHint === true;
  }

  /** Asks whether the server is there still; false also means that it must not be used again. */
  async isAlive(): Promise<boolean> {
    const signal = AbortSignal.timeout(PING_MS);
    try {
      await this.request({ signal, events: SILENT }, (client, options) =>
        // The newer era has no ping; asking what the server can do is its equivalent.
        client.getProtocolEra() === 'modern' ? client.discover(options) : client.ping(options),
      );
    } catch {
      this.spent = true;
    }
    return this.isUsable;
  }

  /** Everything that the server offers. */
  async lists(context: ExchangeContext): Promise<ServerLists> {
    const lists = await this.request(context, readLists);
    this.keep(lists.tools);
    return lists;
  }

  /**
   * The definition of a tool.
   * @throws AppError UNKNOWN_TOOL when the server has none of that name
   */
  async describeTool(tool: string, context: ExchangeContext): Promise<Tool> {
    if (this.toolsAreDue || !this.tools.has(tool)) {
      await this.request(context, (client, options) => this.learnTools(client, options));
    }
    const found = this.tools.get(tool);
    if (found === undefined) throw this.unknownTool(tool);
    return found;
  }

  /**
   * Calls a tool.
   * @throws AppError UNKNOWN_TOOL and what {@link open} throws; the signal's reason
   */
  async call(call: ToolCall, context: ExchangeContext): Promise<CallToolResult> {
    // Named as OpenTelemetry's conventions for MCP have it.
    const attributes = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': call.tool };
    return inSpan('tools/call', { attributes, kind: SpanKind.CLIENT }, () => this.callInSpan(call, context));
  }

  private async callInSpan(
    { tool, args, idempotencyKey }: ToolCall,
    context: ExchangeContext,
  ): Promise<CallToolResult> {
    const { inputSchema, outputSchema } = await this.describeTool(tool, context);
    const result = await this.request(context, async (client, options) => {
      const meta = {
        [IDEMPOTENCY_META_KEY]: idempotencyKey,
        ...(client.getProtocolEra() === 'modern' && { [LOG_LEVEL_META_KEY]: 'info' }),
        // MCP's way to pass a trace on (SEP-414): over stdio there are no headers.
        ...traceFields(),
      };
      const params = { name: tool, arguments: args, _meta: meta };
      const followed: RequestOptions = {
        ...options,
        onprogress: (progress) => {
          context.events.progress(progress);
        },
      };
      // `callTool` does the same, and looks through its cache and the tool's schemas each time: that is needed only
      // for arguments which must be repeated in headers.
      const result = hasHeaderArguments(inputSchema)
        ? await client.callTool(params, followed)
        : await client.request({ method: 'tools/call', params }, followed);
      // What a process wrote to stderr before its answer may lie in the other pipe still: one turn reads it.
      if (this.server.transport === 'stdio') await nextTurn();
      return result;
    });
    if (outputSchema !== undefined && result.structuredContent === undefined && result.isError !== true) {
      throw new AppError('PROTOCOL_ERROR', `${this.name} gave no structured content, as "${tool}" promises`);
    }
    return result;
  }

  /** Runs one exchange by the SDK's client; whatever breaks it meanwhile fails it. */
  async request<Value>(
    context: ExchangeContext,
    work: (client: Client, options: RequestOptions) => Promise<Value>,
  ): Promise<Value> {
    return this.exchange(new Exchange(context, true), () =>
      work(this.client, { signal: context.signal, timeout: NO_TIMEOUT }),
    );
  }

  /** Ends the connection in good order. */
  async close(): Promise<void> {
    this.spend();
    await this.link.end();
    await this.client.close();
  }

  /** Ends the connection at once. */
  async kill(): Promise<void> {
    this.spend();
    await this.link.kill();
    // Over HTTP in the background: whoever cancelled need not wait for the other side.
    void this.close().catch(() => undefined);
  }

  private spend(): void {
    this.spent = true;
    this.exchanges.failAll(new AppError('CONNECTION_FAILED', `The connection to ${this.name} was closed`));
  }

  private get name(): string {
    return nameOf(this.server);
  }

  private async connect(context: ExchangeContext, prior: PriorDiscovery | null): Promise<void> {
    const options = { signal: context.signal, timeout: NO_TIMEOUT };
    await this.exchange(new Exchange(context, false), async () => {
      await this.client.connect(this.link.transport, { ...options, ...(prior !== null && { prior }) });
      await this.learnTools(this.client, options);
    });
    this.subscribe();
  }

  private async learnTools(client: Client, options: RequestOptions): Promise<void> {
    // Without the capability the SDK would write to the console instead of asking.
    if (client.getServerCapabilities()?.tools === undefined) return;
    const { tools } = await client.listTools(undefined, { ...options, cacheMode: 'refresh' });
    this.keep(tools);
  }

  private keep(tools: readonly Tool[]): void {
    this.tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.toolsAreDue = false;
  }

  private async exchange<Value>(exchange: Exchange, work: () => Promise<Value>): Promise<Value> {
    const { signal } = exchange.context;
    try {
      return await this.exchanges.run(exchange, () =>
        orAborted(Promise.race([work(), exchange.failed]), signal),
      );
    } catch (error) {
      exchange.endRequests();
      if (signal.aborted) {
        // Over a stream that calls follow each other on, what is under way would be in the way of the next.
        if (!this.link.isShared) await this.kill();
        throw signal.reason;
      }
      const failure = toMcpFailure(this.name, error);
      // A server that answered, if only by refusing, can be asked again on the same connection.
      if (!isRefusal(failure)) this.spent ||= !this.link.isShared || breaksSession(failure);
      throw failure;
    }
  }

  /** What the server says by itself. */
  private listenToServer(): void {
    const { client, exchanges } = this;
    client.setNotificationHandler('notifications/message', ({ params }) => {
      exchanges.addressee?.context.events.message(params);
    });
    const changed = () => {
      this.options.onListChanged?.();
    };
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      this.toolsAreDue = true;
      changed();
    });
    client.setNotificationHandler('notifications/prompts/list_changed', changed);
    client.setNotificationHandler('notifications/resources/list_changed', changed);
    client.fallbackRequestHandler = ({ method }) => {
      exchanges.addressee?.context.events.refused(method);
      return Promise.reject(
        new ProtocolError(
          ProtocolErrorCode.MethodNotFound,
          `mcp-backend has no user at hand and no model to lend: it does not answer ${method}`,
        ),
      );
    };
    // Of what goes wrong beside an answer, nobody else reports an unreadable message, and an answer to something else.
    client.onerror = (error) => {
      if (error.message.startsWith(UNASKED)) {
        exchanges.current?.fail(
          new AppError('PROTOCOL_ERROR', `${this.name} answered a question that it was not asked`),
        );
        return;
      }
      if (!(error instanceof SyntaxError) && !error.name.endsWith('ZodError')) return;
      const unreadable = new AppError('PROTOCOL_ERROR', `${this.name} sent a message that is not MCP`, {
        cause: error,
      });
      const { addressee } = exchanges;
      if (addressee === null) exchanges.failAll(unreadable);
      else addressee.fail(unreadable);
    };
  }

  /** In the newer era changes are told only to those who asked; in the earlier one to everybody. */
  private subscribe(): void {
    const { tools, prompts, resources } = this.client.getServerCapabilities() ?? {};
    const wanted = {
      ...(tools?.listChanged === true && { toolsListChanged: true }),
      ...(prompts?.listChanged === true && { promptsListChanged: true }),
      ...(resources?.listChanged === true && { resourcesListChanged: true }),
    };
    if (this.client.getProtocolEra() !== 'modern' || Object.keys(wanted).length === 0) return;
    // Not waited for, and without it the lists are read again by time.
    this.client.listen(wanted, { timeout: LISTEN_MS }).catch(() => undefined);
  }

  /** Some servers of the earlier era end when they are asked anything before `initialize`. */
  private mayHaveEndedAtProbe(error: unknown): boolean {
    return (
      this.server.transport === 'stdio' &&
      error instanceof AppError &&
      error.code === 'CONNECTION_FAILED' &&
      error.retryable !== false &&
      this.client.getProtocolEra() === undefined
    );
  }

  private unknownTool(tool: string): AppError {
    const names = [...this.tools.keys()];
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    const there =
      names.length === 0 ? 'it has no tools' : `it has: ${names.slice(0, MAX_NAMES).join(', ')}${more}`;
    return new AppError('UNKNOWN_TOOL', `${this.name} has no tool "${tool}"; ${there}`);
  }
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

function acceptAnything<Value>(): JsonSchemaValidator<Value> {
  return (input) => ({ valid: true, data: input as Value, errorMessage: undefined });
}
