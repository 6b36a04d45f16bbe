import type { PriorDiscovery } from '@modelcontextprotocol/client';
import { LRUCache } from 'lru-cache';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../common/errors/app-error';
import type { Egress } from '../../security/egress/egress-guard';
import { ConnectionPool, type Lease, type PoolLimits } from '../connection-pool';
import { AccessTokens } from './access-tokens';
import type { ExchangeContext } from './exchange';
import { McpConnection, type ConnectionOptions } from './mcp-connection';
import { isRefusal, isSessionLost, isUndelivered, mayComeBack } from './mcp-failure';
import { connectionKey, type ServerAddress } from './mcp-server-config';
import { Outages } from './outages';

/**
 * A stdio server is a process of about 50 MB, so not many are kept: 8 calls of one server run at once, and one that
 * was not used for a minute is ended.
 */
export const POOL_LIMITS: PoolLimits = { perKey: 8, total: 64, idleMs: 60_000, checkAfterMs: 15_000 };

/** Calls at the same time in one session of Streamable HTTP, where they do not get in each other's way. */
const CALLS_PER_SESSION = 64;

/** How long the era of a server is believed: a server that was updated is asked anew after this. */
const ERA_MS = 60 * 60 * 1000;

/** Of how many servers the era is remembered. */
const ERAS = 1000;

/** What sessions are made with. */
export interface SessionOptions extends Omit<ConnectionOptions, 'onListChanged' | 'send'> {
  readonly egress: Egress;
  readonly limits?: PoolLimits;
  /** @param key see {@link connectionKey} */
  readonly onListChanged?: (key: string) => void;
  /** A server went away: it may offer something else when it comes back. */
  readonly onLost?: (key: string) => void;
}

/** One use of a server. */
export interface SessionUse<Value> {
  /** Whether what is asked may be asked again although the server may have begun it. */
  readonly isRepeatable: (connection: McpConnection) => boolean;
  readonly work: (connection: McpConnection) => Promise<Value>;
  /** False: what fails is not tried again, even where that could do no harm. Default true. */
  readonly isPatient?: boolean;
}

/** Sessions with servers: kept between uses, and opened anew after a restart of the server. */
export class ServerSessions {
  private readonly pool: ConnectionPool<McpConnection>;
  private readonly outages = new Outages();
  private readonly tokens: AccessTokens;
  private readonly eras = new LRUCache<string, PriorDiscovery>({ max: ERAS, ttl: ERA_MS });

  constructor(private readonly options: SessionOptions) {
    this.pool = new ConnectionPool(options.limits ?? POOL_LIMITS);
    this.tokens = new AccessTokens(options.egress);
  }

  /**
   * Uses a session. What fails because the server restarts is tried again for a while, if that can do no harm: it is
   * repeatable, or the server has certainly not seen it.
   * @throws what `work` throws, and what {@link McpConnection.open} throws; the signal's reason
   */
  async use<Value>(server: ServerAddress, context: ExchangeContext, use: SessionUse<Value>): Promise<Value> {
    const key = connectionKey(server);
    for (let attempt = 0; ; attempt += 1) {
      let lease: Lease<McpConnection> | null = null;
      let waitMs: number;
      try {
        lease = await this.lease(server, key, context);
        const value = await use.work(lease.connection);
        this.outages.answered(key);
        return value;
      } catch (error) {
        if (context.signal.aborted || !(error instanceof AppError)) throw error;
        waitMs = this.pauseAfter(error, lease, use, { key, attempt });
      } finally {
        lease?.release();
      }
      if (waitMs > 0) await sleep(waitMs, context.signal);
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  /**
   * How long to wait before asking again.
   * @throws the error when that could do harm, or would be of no use
   */
  private pauseAfter(
    error: AppError,
    lease: Lease<McpConnection> | null,
    { isRepeatable, isPatient = true }: Pick<SessionUse<unknown>, 'isRepeatable' | 'isPatient'>,
    { key, attempt }: { readonly key: string; readonly attempt: number },
  ): number {
    if (lease !== null && isRefusal(error)) this.outages.answered(key);
    if (mayComeBack(error)) this.options.onLost?.(key);
    // The server has forgotten the session and did not look at the question: at once on a new one.
    if (lease?.isReused === true && isSessionLost(error)) return 0;
    const isHarmless = lease === null || isUndelivered(error) || isRepeatable(lease.connection);
    const waitMs =
      isPatient && isHarmless && mayComeBack(error) ? this.outages.pauseAfterFailure(key, attempt) : null;
    if (waitMs === null) throw error;
    return waitMs;
  }

  private lease(
    server: ServerAddress,
    key: string,
    { events, signal }: ExchangeContext,
  ): Promise<Lease<McpConnection>> {
    return this.pool.lease({
      key,
      share: server.transport === 'streamable_http' ? CALLS_PER_SESSION : 1,
      signal,
      open: (opening) => this.open(server, key, { signal: opening, events }),
    });
  }

  private async open(server: ServerAddress, key: string, context: ExchangeContext): Promise<McpConnection> {
    const options = {
      version: this.options.version,
      launcher: this.options.launcher,
      send: this.tokens.authorized(server.transport === 'stdio' ? null : server.auth),
      onListChanged: () => this.options.onListChanged?.(key),
    };
    const prior = this.eras.get(key) ?? null;
    try {
      const connection = await McpConnection.open(server, options, context, prior);
      // Once: what is believed must not be confirmed by itself for ever.
      if (prior === null) this.eras.set(key, connection.era);
      return connection;
    } catch (error) {
      if (prior === null || context.signal.aborted || (error instanceof AppError && mayComeBack(error))) {
        throw error;
      }
      // The server may speak another era since it was updated.
      this.eras.delete(key);
      return this.open(server, key, context);
    }
  }
}

/** @throws the signal's reason */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
