import type { ClientConfig, Pool } from 'pg';

/** Reaching a server takes milliseconds; past this time it is taken as away. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How this process reaches PostgreSQL, for code that needs a connection outside the ORM.
 */
export class PostgresConnection {
  /**
   * @param clientConfig for clients of one's own: writers, session locks, LISTEN; holds the password
   * @param pool the one that the ORM uses as well; it is ended with the application, never by its users
   */
  constructor(
    readonly clientConfig: ClientConfig,
    readonly pool: Pool,
  ) {}
}

/** The settings of every connection to the database at `databaseUrl`. */
export function connectionOptions(databaseUrl: string): ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: 'mcp-backend',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
}
