import type { DatabaseFault, FoundFault } from './database-fault';

/** By error number. Source: SQL Server, "Database engine events and errors". */
const BY_NUMBER: Readonly<Record<number, DatabaseFault>> = {
  18452: 'login',
  18456: 'login',
  4060: 'unknown_database',
  17830: 'needs_tls',
  10928: 'too_many_connections',
  40197: 'going_away',
  40501: 'going_away',
  40613: 'going_away',
  3906: 'server_read_only',
  229: 'permission',
  230: 'permission',
  262: 'permission',
  297: 'permission',
  102: 'syntax',
  105: 'syntax',
  156: 'syntax',
  208: 'unknown_table',
  207: 'unknown_column',
  195: 'unknown_function',
  2812: 'unknown_function',
  209: 'ambiguous',
  2714: 'already_exists',
  2601: 'unique',
  2627: 'unique',
  515: 'not_null',
  547: 'foreign_key',
  220: 'bad_value',
  241: 'bad_value',
  245: 'bad_value',
  8114: 'bad_value',
  8115: 'bad_value',
  2628: 'bad_value',
  8152: 'bad_value',
  8134: 'division_by_zero',
  1205: 'conflict',
  1222: 'conflict',
  3960: 'conflict',
  701: 'resources',
  1105: 'resources',
};

/** The driver's own codes. */
const BY_CODE: Readonly<Record<string, DatabaseFault>> = {
  ELOGIN: 'login',
  ETIMEOUT: 'timeout',
  EENCRYPT: 'no_tls',
};

/** What a SQL Server says; null when it is not the server that speaks. */
export function findMssqlFault(error: unknown): FoundFault | null {
  const { number, code } = error as Readonly<Record<string, unknown>>;
  if (typeof number === 'number')
    return { fault: BY_NUMBER[number] ?? 'other', databaseCode: String(number) };
  const fault = typeof code === 'string' ? BY_CODE[code] : undefined;
  return fault === undefined ? null : { fault };
}
