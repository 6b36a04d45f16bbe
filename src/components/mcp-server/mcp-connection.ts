import { Client, LOG_LEVEL_META_KEY } from '@modelcontextprotocol/client';
import type { CallToolResult, JsonSchemaValidator, Transport } from '@modelcontextprotocol/client';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../common/errors/app-error';
import type { JsonObject } from '../../engine/core/json';
import type { LogLevel } from '../../engine/ports';
import type { EgressFetch } from '../../security/egress/egress-guard';
import type { BoundedLog } from '../bounded-log';
import { orAborted } from '../time-limit';
import type { Poolable } from './connection-pool';
import { createHttpTransport } from './http-transport';
import { toMcpFailure } from './mcp-failure';
import { nameOf, type HttpServer, type ServerAddress, type StdioServer } from './mcp-server-config';
import { StdioTransport } from './stdio-transport';

/** A stdio server that does not answer the question for its era this long is one of the earlier era. */
const STDIO_PROBE_MS = 5000;

/** The largest timer of the platform: the signal ends exchanges, not the SDK. */
const NO_TIMEOUT = 2_147_483_647;

/** How long a server may take to hear that its session is over. */
const FAREWELL_MS = 1000;

/** Most names of tools in the message that one of them is not there. */
const MAX_NAMES = 30;

/** Carried in `_meta` of each call, the same for every attempt of a step, so that a server can deduplicate. */
const IDEMPOTENCY_META_KEY = 'mcp-backend/idempotency-key';

/** What one exchange with a server is given. */
export interface ExchangeContext {
  readonly signal: AbortSignal;
  readonly log: BoundedLog;
}

/** One call of a tool. */
export interface ToolCall {
  readonly tool: string;
  readonly args: JsonObject;
  readonly idempotencyKey: string;
}

interface Exchange {
  readonly log: BoundedLog;
  readonly fail: (error: AppError) => void;
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warning: 'warn',
};

/** A connected MCP client over one transport; one exchange at a time. */
export class McpConnection implements Poolable {
  private readonly client: Client;
  private readonly transport: Transport;
  private readonly end: { hasCome(): boolean; gracefully(): Promise<void>; now(): Promise<void> };
  private current: Exchange | null = null;
  private tools: ReadonlySet<string> = new Set();
  private spent = false;

  private constructor(
    private readonly server: ServerAddress,
    fetch: EgressFetch,
    version: string,
    era: 'auto' | 'legacy',
  ) {
    this.client = new Client(
      { name: 'mcp-backend', version },
      {
        capabilities: {},
        versionNegotiation: {
          mode: era,
          ...(server.transport === 'stdio' && { probe: { timeoutMs: STDIO_PROBE_MS } }),
        },
        // A schema of a server that we do not trust could hang the process by a pattern: what a tool
        // returns is passed on unchecked, and checked where it is used.
        jsonSchemaValidator: { getValidator: acceptAnything },
      },
    );
    const made = server.transport === 'stdio' ? this.overStdio(server) : this.overHttp(server, fetch);
    this.transport = made.transport;
    this.end = made.end;
    this.client.setNotificationHandler('notifications/message', ({ params }) => {
      const text = typeof params.data === 'string' ? params.data : JSON.stringify(params.data);
      this.current?.log.write('system', LEVELS[params.level] ?? 'error', text);
    });
    // Of what goes wrong beside an answer, an unreadable message is the one that nobody else reports.
    this.client.onerror = (error) => {
      if (error instanceof SyntaxError || error.name.endsWith('ZodError')) {
        this.fail(
          new AppError('PROTOCOL_ERROR', `${nameOf(server)} sent a message that is not MCP`, {
            cause: error,
          }),
        );
      }
    };
  }

  /**
   * Connects and learns the server's tools. Speaks the era of the protocol that the server does.
   * @throws AppError CONNECTION_FAILED, PROTOCOL_ERROR, EGRESS_DENIED, UNEXPECTED_STATUS, OUTPUT_TOO_LARGE;
   * the signal's reason
   */
  static async open(
    server: ServerAddress,
    options: { readonly fetch: EgressFetch; readonly version: string },
    context: ExchangeContext,
  ): Promise<McpConnection> {
    const connection = new McpConnection(server, options.fetch, options.version, 'auto');
    try {
      await connection.connect(context);
      return connection;
    } catch (error) {
      await connection.kill();
      if (!connection.mayHaveEndedAtProbe(error)) throw error;
    }
    const second = new McpConnection(server, options.fetch, options.version, 'legacy');
    try {
      await second.connect(context);
      return second;
    } catch (error) {
      await second.kill();
      throw error;
    }
  }

  get isUsable(): boolean {
    return !this.spent && !this.end.hasCome();
  }

  /**
   * Calls a tool.
   * @throws AppError UNKNOWN_TOOL and what {@link open} throws; the signal's reason, with the connection ended
   */
  async call({ tool, args, idempotencyKey }: ToolCall, context: ExchangeContext): Promise<CallToolResult> {
    return this.exchange(context, async () => {
      if (!this.tools.has(tool)) await this.learnTools(context.signal);
      if (!this.tools.has(tool)) throw this.unknownTool(tool);
      const meta = {
        [IDEMPOTENCY_META_KEY]: idempotencyKey,
        ...(this.client.getProtocolEra() === 'modern' && { [LOG_LEVEL_META_KEY]: 'info' }),
      };
      const result = await this.client.callTool(
        { name: tool, arguments: args, _meta: meta },
        {
          signal: context.signal,
          timeout: NO_TIMEOUT,
          onprogress: ({ progress, total, message }) => {
            const of = total === undefined ? '' : `/${total}`;
            const text = message === undefined ? '' : `: ${message}`;
            context.log.write('system', 'info', `progress ${progress}${of}${text}`);
          },
        },
      );
      // What a process wrote to stderr before its answer may lie in the other pipe still: one turn reads it.
      if (this.server.transport === 'stdio') await nextTurn();
      return result;
    });
  }

  /** Ends the connection in good order. */
  async close(): Promise<void> {
    this.spent = true;
    await this.end.gracefully();
  }

  /** Ends the connection at once. */
  async kill(): Promise<void> {
    this.spent = true;
    await this.end.now();
  }

  private async connect(context: ExchangeContext): Promise<void> {
    await this.exchange(context, async () => {
      await this.client.connect(this.transport, { signal: context.signal, timeout: NO_TIMEOUT });
      await this.learnTools(context.signal);
    });
  }

  private async learnTools(signal: AbortSignal): Promise<void> {
    // Without the capability the SDK would write to the console instead of asking.
    if (this.client.getServerCapabilities()?.tools === undefined) return;
    const { tools } = await this.client.listTools(undefined, {
      signal,
      timeout: NO_TIMEOUT,
      cacheMode: 'refresh',
    });
    this.tools = new Set(tools.map(({ name }) => name));
  }

  /** Runs one exchange; whatever breaks the connection meanwhile fails it. */
  private async exchange<Value>(context: ExchangeContext, work: () => Promise<Value>): Promise<Value> {
    const { promise: broken, reject } = Promise.withResolvers<never>();
    this.current = { log: context.log, fail: reject };
    try {
      return await orAborted(Promise.race([work(), broken]), context.signal);
    } catch (error) {
      if (context.signal.aborted) {
        await this.kill();
        throw context.signal.reason;
      }
      const failure = toMcpFailure(nameOf(this.server), error);
      // A server that answered, if only by refusing, can be asked again on the same connection.
      if (failure.code !== 'UNKNOWN_TOOL' && failure.code !== 'INVALID_INPUT') this.spent = true;
      throw failure;
    } finally {
      this.current = null;
    }
  }

  private fail(error: AppError): void {
    this.spent = true;
    this.current?.fail(error);
  }

  private overStdio(server: StdioServer) {
    const transport = new StdioTransport(server, {
      log: (stream, line) => this.current?.log.write(stream, 'info', line),
      fail: (error) => {
        this.fail(error);
      },
    });
    return {
      transport,
      end: {
        hasCome: () => transport.pid !== null && !transport.isRunning,
        gracefully: () => transport.close(),
        now: () => transport.kill(),
      },
    };
  }

  private overHttp(server: HttpServer, fetch: EgressFetch) {
    const transport = createHttpTransport(server, fetch, () => {
      const asking = this.current;
      return (error) => {
        if (asking !== null && asking === this.current) this.fail(error);
      };
    });
    const leave = async () => {
      const farewell = AbortSignal.timeout(FAREWELL_MS);
      await orAborted(transport.terminateSession(), farewell).catch(() => undefined);
      await this.client.close();
    };
    return {
      transport,
      end: {
        // A session that the server has forgotten shows at the next call, which is then repeated on a new one.
        hasCome: () => false,
        gracefully: leave,
        now: () => {
          // In the background: whoever cancelled need not wait for the other side.
          void leave();
          return Promise.resolve();
        },
      },
    };
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
    const names = [...this.tools];
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    const there =
      names.length === 0 ? 'it has no tools' : `it has: ${names.slice(0, MAX_NAMES).join(', ')}${more}`;
    return new AppError('UNKNOWN_TOOL', `${nameOf(this.server)} has no tool "${tool}"; ${there}`);
  }
}

function acceptAnything<Value>(): JsonSchemaValidator<Value> {
  return (input) => ({ valid: true, data: input as Value, errorMessage: undefined });
}
