import type { JsonObject } from '../engine/core/json';

/** One statement for a configured external database. */
export interface SqlQuery {
  /** One statement; `:name` where a value belongs. */
  readonly sql: string;
  /** The values by name: each must be named in the statement, and no other. */
  readonly parameters: JsonObject;
  readonly maxRows: number;
  /** Of the rows, written as JSON. */
  readonly maxBytes: number;
  /** Whether more rows than that are left out rather than an error. */
  readonly allowTruncation: boolean;
  readonly timeoutMs: number;
  /** False lets the statement write, where the configuration allows it too. */
  readonly readOnly: boolean;
  /** Ends the statement, on the server as well. */
  readonly signal: AbortSignal;
}

/** What a statement gave. */
export interface SqlResult {
  /** Names as in the rows: one that repeats has its number appended. */
  readonly columns: readonly string[];
  readonly rows: readonly JsonObject[];
  readonly truncated: boolean;
  /** Rows that the statement changed, as far as the database says; null for one that changes none. */
  readonly affectedRows: number | null;
}

/** The components' way to users' databases; `src/external-db` implements it. Also the injection token. */
export abstract class ExternalDatabases {
  /**
   * Runs one statement in a transaction of its own.
   *
   * @throws AppError NOT_FOUND for an unknown configuration, INVALID_REQUEST for a statement or parameters that do
   *   not fit, FORBIDDEN for one that writes where it may not, UNPROCESSABLE for one that the database refuses,
   *   OUTPUT_TOO_LARGE, TIMEOUT, CONNECTION_FAILED or EGRESS_DENIED; the signal's reason when it fires
   */
  abstract query(configId: string, query: SqlQuery): Promise<SqlResult>;
}
