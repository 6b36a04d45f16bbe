/** Node's codes for a connection that could not be made or that broke, or that somebody writes on who has not heard yet. */
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/**
 * SQLSTATEs of a server that goes, comes, or is only a standby: operator intervention (57P01 to 57P05),
 * read-only transaction (25006), too many connections (53300).
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATES = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25006', '25P03', '53300']);

/** What `pg` says, without a code, of a connection that ended under a query, or gave no answer in time. */
const PG_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout)/i;

/** TypeORM lets go of a connection the moment that it breaks; what its transaction runs after that fails so. */
const ORM_MESSAGE = /^Query runner already released/;

/**
 * Classes of SQLSTATEs that tell of the server's state and not of the statement: it was undone for the sake of another
 * (40), there was no disk or memory for it (53), something it needs was taken (55), somebody cancelled it (57), the
 * machine failed (58).
 */
const PASSING_CLASSES = new Set(['40', '53', '55', '57', '58']);

/**
 * Whether `error` means that PostgreSQL could not be reached or went away, so that the same work may be tried
 * again later. The outcome of a statement that failed so is unknown: it may have been committed.
 */
export function isConnectionFailure(error: unknown): boolean {
  // By shape, not by class: errors of sockets come from Node's own realm, which under Jest is another one.
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  if (typeof code === 'string') {
    if (SOCKET_CODES.has(code) || SQLSTATES.has(code) || code.startsWith('08')) return true;
  }
  if (Array.isArray(errors)) return errors.some(isConnectionFailure);
  return typeof message === 'string' && (PG_MESSAGES.test(message) || ORM_MESSAGE.test(message));
}

/** Whether the same work may succeed if it is tried again: the database is away, or could not do it just now. */
export function isWorthAnotherTry(error: unknown): boolean {
  return isConnectionFailure(error) || PASSING_CLASSES.has(sqlState(error).slice(0, 2));
}

/** Whether PostgreSQL undid a transaction because it and another waited for each other: it may be tried again as it is. */
export function isDeadlock(error: unknown): boolean {
  return sqlState(error) === '40P01';
}

/** The SQLSTATE that PostgreSQL answered with, five characters; empty where the error is none of its. */
function sqlState(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}
