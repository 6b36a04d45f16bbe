import { AppError } from '../../../common/errors/app-error';
import type { ErrorCode } from '../../../common/errors/error-codes';

interface FaultMeaning {
  readonly code: ErrorCode;
  readonly message: string;
  /** Where it is not what the code says. */
  readonly retryable?: boolean;
}

/**
 * What a database can say of a statement or a connection, in our words: its own may hold data, names of accounts or
 * parts of the statement.
 */
export const DATABASE_FAULTS = {
  login: {
    code: 'CONNECTION_FAILED',
    message: 'The server refuses the user name or the password',
    retryable: false,
  },
  unknown_database: {
    code: 'CONNECTION_FAILED',
    message: 'The server has no such database',
    retryable: false,
  },
  no_tls: {
    code: 'CONNECTION_FAILED',
    message: 'The server offers no encrypted connection, and ssl.mode demands one',
    retryable: false,
  },
  needs_tls: {
    code: 'CONNECTION_FAILED',
    message:
      'The server refuses this connection: it may demand encryption (ssl.mode) or not admit this address',
    retryable: false,
  },
  too_many_connections: { code: 'CONNECTION_FAILED', message: 'The server takes no more connections' },
  going_away: { code: 'CONNECTION_FAILED', message: 'The server is starting or stopping' },
  busy: { code: 'CONNECTION_FAILED', message: 'Another process holds the database, try again' },
  no_database: { code: 'UNPROCESSABLE', message: 'The file is no SQLite database, or it is damaged' },
  cannot_open: { code: 'UNPROCESSABLE', message: 'The file cannot be opened' },
  timeout: { code: 'TIMEOUT', message: 'The statement took longer than it may' },
  read_only: {
    code: 'FORBIDDEN',
    message:
      'The statement writes, and it may only read: writing needs a configuration with allow_writes and a key with the scope write',
  },
  server_read_only: { code: 'UNPROCESSABLE', message: 'The server takes no writes now' },
  permission: {
    code: 'UNPROCESSABLE',
    message: "The database does not allow that to the configuration's user",
  },
  not_allowed: { code: 'UNPROCESSABLE', message: 'Such a statement is not allowed here' },
  syntax: { code: 'UNPROCESSABLE', message: 'The statement is not valid SQL for this database' },
  unknown_table: { code: 'UNPROCESSABLE', message: 'The statement names a table that does not exist' },
  unknown_column: { code: 'UNPROCESSABLE', message: 'The statement names a column that does not exist' },
  unknown_function: {
    code: 'UNPROCESSABLE',
    message: 'The statement uses a function or an operator that does not exist for these types',
  },
  unknown_object: { code: 'UNPROCESSABLE', message: 'The statement names something that does not exist' },
  ambiguous: { code: 'UNPROCESSABLE', message: 'The statement uses a name that may mean several things' },
  type_mismatch: {
    code: 'UNPROCESSABLE',
    message: 'The statement uses a value where one of another type belongs',
  },
  already_exists: { code: 'UNPROCESSABLE', message: 'What the statement makes exists already' },
  unique: {
    code: 'UNPROCESSABLE',
    message: 'The statement would store a value a second time that must be unique',
  },
  foreign_key: { code: 'UNPROCESSABLE', message: 'The statement would break a reference between tables' },
  not_null: {
    code: 'UNPROCESSABLE',
    message: 'The statement would leave a column empty that must have a value',
  },
  check: {
    code: 'UNPROCESSABLE',
    message: 'The statement would store a value that a rule of the table forbids',
  },
  bad_value: { code: 'UNPROCESSABLE', message: 'A value does not fit the type or the length of its column' },
  division_by_zero: { code: 'UNPROCESSABLE', message: 'The statement divides by zero' },
  conflict: {
    code: 'UNPROCESSABLE',
    message: 'The statement met another one that works on the same rows, try again',
    retryable: true,
  },
  resources: {
    code: 'UNPROCESSABLE',
    message: 'The statement needs more memory or space than the database has',
  },
  unsupported: { code: 'UNPROCESSABLE', message: 'The database does not support the statement' },
  other: { code: 'UNPROCESSABLE', message: 'The database refuses the statement' },
} as const satisfies Record<string, FaultMeaning>;

export type DatabaseFault = keyof typeof DATABASE_FAULTS;

/** What can be told of a failure of a database. */
export interface FoundFault {
  readonly fault: DatabaseFault;
  /** The database's own code, for looking it up. */
  readonly databaseCode?: string;
  /** Offset in the statement as it was sent, where the database tells. */
  readonly offset?: number;
}

/** @param originalOffset turns an offset in the statement as sent into one of it as written */
export function toFaultError(
  { fault, databaseCode, offset }: FoundFault,
  originalOffset: (offset: number) => number,
  cause: unknown,
): AppError {
  const meaning: FaultMeaning = DATABASE_FAULTS[fault];
  const position = offset === undefined ? undefined : originalOffset(offset) + 1;
  return new AppError(meaning.code, withPosition(meaning.message, position), {
    cause,
    ...(meaning.retryable !== undefined && { retryable: meaning.retryable }),
    details: {
      ...(databaseCode !== undefined && { database_code: databaseCode }),
      ...(position !== undefined && { position }),
    },
  });
}

function withPosition(message: string, position: number | undefined): string {
  return position === undefined ? message : `${message} (at character ${position})`;
}
