import type { DatabaseFault, FoundFault } from './database-fault';

/** What SQLite said in its process. */
export class SqliteFailure extends Error {
  /** @param resultCode null when it was not SQLite that failed */
  constructor(
    readonly resultCode: number | null,
    message: string,
  ) {
    super(message);
    this.name = 'SqliteFailure';
  }
}

/** By result code, extended ones first. Source: SQLite, "Result and Error Codes". */
const BY_CODE: Readonly<Record<number, DatabaseFault>> = {
  275: 'check',
  787: 'foreign_key',
  1299: 'not_null',
  1555: 'unique',
  2067: 'unique',
  3: 'permission',
  5: 'busy',
  6: 'conflict',
  7: 'resources',
  8: 'read_only',
  9: 'timeout',
  11: 'no_database',
  13: 'resources',
  14: 'cannot_open',
  18: 'resources',
  19: 'check',
  20: 'type_mismatch',
  23: 'not_allowed',
  26: 'no_database',
};

/** SQLITE_ERROR says everything else, in words. */
const GENERIC = 1;
const BY_MESSAGE: readonly (readonly [RegExp, DatabaseFault])[] = [
  [/syntax error|incomplete input|unrecognized token/, 'syntax'],
  [/^no such table/, 'unknown_table'],
  [/no such column|has no column named/, 'unknown_column'],
  [/^no such function|wrong number of arguments/, 'unknown_function'],
  [/^no such/, 'unknown_object'],
  [/^ambiguous column/, 'ambiguous'],
  [/already exists/, 'already_exists'],
  [/not authorized|authorization denied|too many attached/, 'not_allowed'],
  [/within a transaction/, 'unsupported'],
];

/** What SQLite says; null when it is not SQLite that speaks. */
export function findSqliteFault(error: unknown): FoundFault | null {
  if (!(error instanceof SqliteFailure) || error.resultCode === null) return null;
  const { resultCode, message } = error;
  const primary = resultCode & 0xff;
  const fault =
    primary === GENERIC
      ? BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1]
      : (BY_CODE[resultCode] ?? BY_CODE[primary]);
  return { fault: fault ?? 'other', databaseCode: String(resultCode) };
}
