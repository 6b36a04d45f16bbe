import type { SqlResult } from '../../components/external-databases';
import type { DbType } from '../db-type';
import type { BoundStatement } from '../sql/bind-parameters';
import type { SslSettings } from '../ssl-settings';
import type { ResultLimits } from './result-collector';

/** How to reach a database server. Never logged: it holds the password. */
export interface ServerTarget {
  readonly dbType: Exclude<DbType, 'sqlite'>;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** Empty: none. */
  readonly password: string;
  readonly dbName: string;
  readonly ssl: SslSettings;
}

/** One statement to run, in a transaction of its own. */
export interface DatabaseCall {
  /** With the placeholders of this kind of database. */
  readonly statement: BoundStatement;
  readonly readOnly: boolean;
  readonly limits: ResultLimits;
  /** For the server to keep, where it can. */
  readonly timeoutMs: number;
  /** Ends the statement on the server too. It fires a little after `timeoutMs` at the latest. */
  readonly signal: AbortSignal;
}

/** What a test of a connection finds. */
export interface DatabaseProbe {
  /** As the server calls itself. */
  readonly serverVersion: string;
  /** Of one short statement on an open connection. */
  readonly latencyMs: number;
}

/** The connections to one configured database: opened when needed, at most {@link MAX_CONNECTIONS}. */
export interface Database {
  /**
   * Gives the connection back before it resolves, whatever happens.
   *
   * @throws AppError for what we decide, the signal's reason when it fires, the driver's error otherwise
   */
  run(call: DatabaseCall): Promise<SqlResult>;
  probe(signal: AbortSignal): Promise<DatabaseProbe>;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

/** To one configured database, from one process. Statements beyond it wait, within their time limit. */
export const MAX_CONNECTIONS = 5;

/** Reaching a server takes milliseconds; past this time it is taken as away. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** How long a cancelled statement may take to end before its connection is cut. */
export const CANCEL_PATIENCE_MS = 2_000;

/** How we name ourselves to servers that list their connections. */
export const APPLICATION_NAME = 'mcp-backend';
