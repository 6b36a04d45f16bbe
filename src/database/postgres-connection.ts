import { type ClientConfig, Pool, type PoolClient, type PoolConfig } from 'pg';

/** Reaching a server takes milliseconds; past this time it is taken as away. */
const CONNECT_TIMEOUT_MS = 5_000;

/** How long a connection stays silent before its server is asked whether it is still there: by default two hours. */
const KEEP_ALIVE_MS = 10_000;

/** Called with each pool of the process and what it is for. */
export type PoolVisitor = (name: string, pool: Pool) => void;

/**
 * How this process reaches PostgreSQL, for code that needs a connection outside the ORM.
 */
export class PostgresConnection {
  private readonly pools = new Map<string, Pool>();
  private readonly visitors: PoolVisitor[] = [];

  /**
   * @param clientConfig for clients of one's own: writers, session locks, LISTEN; holds the password
   * @param pool the one that the ORM uses as well; it is ended with the application, never by its users
   */
  constructor(
    readonly clientConfig: ClientConfig,
    readonly pool: Pool,
  ) {
    this.add('api', pool);
  }

  /**
   * Opens a pool beside the shared one, for work that must not wait for requests. Who opens it ends it.
   *
   * @param name what it is for, as metrics name it
   */
  openPool(name: string, settings: PoolConfig): Pool {
    const pool = new Pool({ ...this.clientConfig, ...settings });
    // A broken idle connection is replaced at its next use.
    pool.on('error', () => undefined);
    this.add(name, pool);
    return pool;
  }

  /** Calls `visit` for every pool, those that are opened later included. */
  eachPool(visit: PoolVisitor): void {
    this.visitors.push(visit);
    for (const [name, pool] of this.pools) visit(name, pool);
  }

  private add(name: string, pool: Pool): void {
    pool.on('acquire', surviveError);
    this.pools.set(name, pool);
    for (const visit of this.visitors) visit(name, pool);
  }
}

/**
 * A connection that breaks says so by an event, and without a listener that ends the process. The pool listens while the
 * connection is idle, and whoever got it listens from then on. Between the two, within one packet that says "ready" and
 * "PostgreSQL is gone", nobody would.
 */
function surviveError(client: PoolClient): void {
  if (!client.listeners('error').includes(ignore)) client.on('error', ignore);
}

/** What breaks a connection is told by its next statement too. */
function ignore(): void {}

/** The settings of every connection to the database at `databaseUrl`. */
export function connectionOptions(databaseUrl: string): ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: 'mcp-backend',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
}
