import type {
  CallToolResult,
  Client,
  PriorDiscovery,
  RequestOptions,
  Tool,
} from '@modelcontextprotocol/client';
import { SpanKind } from '@opentelemetry/api';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../common/errors/app-error';
import { inSpan } from '../../common/tracing/tracing';
import type { Poolable } from '../connection-pool';
import { orAborted } from '../time-limit';
import { createTransport, type ServerLink, type TransportMeans } from './create-transport';
import { Exchange, Exchanges, SILENT, type ExchangeContext } from './exchange';
import { KnownTools } from './known-tools';
import { makeClient } from './make-client';
import { breaksSession, isRefusal, toMcpFailure } from './mcp-failure';
import { nameOf, type ServerAddress } from './mcp-server-config';
import { requestTool } from './request-tool';
import { readLists, type ServerLists } from './server-lists';
import { listenToServer, subscribeToChanges } from './server-messages';
import type { ServerIdentity, ToolCall } from './upstream-servers';

/** The largest timer of the platform: the signal ends exchanges, not the SDK. */
const NO_TIMEOUT = 2_147_483_647;

/** How long a server may take to say that it is there still. */
const PING_MS = 2000;

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
  private readonly tools = new KnownTools();
  private spent = false;

  private constructor(
    private readonly server: ServerAddress,
    private readonly options: ConnectionOptions,
  ) {
    this.client = makeClient(server, options.version);
    this.link = createTransport(server, options, this.exchanges, (error) => {
      this.spent = true;
      this.exchanges.failAll(error);
    });
    this.listen();
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
    return this.tools.all;
  }

  /** Whether the server says that calling a tool again does no harm. */
  isRepeatable(tool: string): boolean {
    return this.tools.isRepeatable(tool);
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
    this.tools.keep(lists.tools);
    return lists;
  }

  /**
   * The definition of a tool.
   * @throws AppError UNKNOWN_TOOL when the server has none of that name
   */
  async describeTool(tool: string, context: ExchangeContext): Promise<Tool> {
    if (this.tools.mustAskFor(tool)) {
      await this.request(context, (client, options) => this.learnTools(client, options));
    }
    return this.tools.get(tool, this.name);
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

  private async callInSpan(call: ToolCall, context: ExchangeContext): Promise<CallToolResult> {
    const definition = await this.describeTool(call.tool, context);
    const result = await this.request(context, async (client, options) => {
      const answer = await requestTool(client, definition, call, { context, options });
      // What a process wrote to stderr before its answer may lie in the other pipe still: one turn reads it.
      if (this.server.transport === 'stdio') await nextTurn();
      return answer;
    });
    const { name, outputSchema } = definition;
    if (outputSchema !== undefined && result.structuredContent === undefined && result.isError !== true) {
      throw new AppError('PROTOCOL_ERROR', `${this.name} gave no structured content, as "${name}" promises`);
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
    // While it finds out the server's era, the SDK's client does not know its transport.
    await this.link.transport.close();
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
    subscribeToChanges(this.client);
  }

  private async learnTools(client: Client, options: RequestOptions): Promise<void> {
    // Without the capability the SDK would write to the console instead of asking.
    if (client.getServerCapabilities()?.tools === undefined) return;
    const { tools } = await client.listTools(undefined, { ...options, cacheMode: 'refresh' });
    this.tools.keep(tools);
  }

  private async exchange<Value>(exchange: Exchange, work: () => Promise<Value>): Promise<Value> {
    const { signal } = exchange.context;
    try {
      const value = await this.exchanges.run(exchange, () =>
        orAborted(Promise.race([work(), exchange.failed]), signal),
      );
      exchange.leaveRequests();
      return value;
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

  private listen(): void {
    listenToServer(this.client, this.exchanges, {
      name: this.name,
      onListChanged: (list) => {
        if (list === 'tools') this.tools.expire();
        this.options.onListChanged?.();
      },
    });
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
}
