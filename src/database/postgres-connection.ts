import type { ClientConfig, Pool } from 'pg';

/** Reaching a server takes milliseconds; past this time it is taken as away. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How this process reaches PostgreSQL, for code that needs a connection outside the ORM; also the injection token.
 */
export abstract class PostgresConnection {
  /** For clients of one's own: writers, session locks, LISTEN. Holds the password. */
  abstract readonly clientConfig: ClientConfig;
  /** The pool that the ORM uses as well; it is ended with the application, never by its users. */
  abstract readonly pool: Pool;
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
