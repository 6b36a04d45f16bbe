import type { JsonValue } from '../../engine/core/json';

/** One statement for the SQLite process. */
export interface SqliteJob {
  readonly kind: 'run';
  /** Absolute path of the database file. */
  readonly file: string;
  readonly text: string;
  readonly values: readonly JsonValue[];
  readonly readOnly: boolean;
  /** How many rows to read at most: one more than are wanted tells that there are more. */
  readonly maxRows: number;
  /** No value, and no row, may be larger: SQLite then refuses the statement. */
  readonly maxBytes: number;
  /** How long to wait for another process that writes. */
  readonly busyTimeoutMs: number;
}

/**
 * What the process is told. A statement that may write leaves its transaction open, so that whoever reads the rows can
 * still undo it; `end` ends it.
 */
export type SqliteMessage = SqliteJob | { readonly kind: 'end'; readonly commit: boolean };

/** What the process answers to each message. */
export type SqliteAnswer =
  | {
      readonly ok: true;
      readonly columns: readonly string[];
      readonly rows: readonly unknown[][];
      /** Null for a statement that gives rows or changes none. */
      readonly affectedRows: number | null;
    }
  | {
      readonly ok: false;
      /** SQLite's result code; null when it was not SQLite that failed. */
      readonly resultCode: number | null;
      readonly message: string;
    };
