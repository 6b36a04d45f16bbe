import type { DatabaseFault, FoundFault } from './database-fault';

/** By error number. Sources: MySQL, "Server Error Message Reference"; MariaDB, "Error Codes". */
const BY_NUMBER: Readonly<Record<number, DatabaseFault>> = {
  1044: 'permission',
  1045: 'login',
  1698: 'login',
  1130: 'needs_tls',
  3159: 'needs_tls',
  1049: 'unknown_database',
  1040: 'too_many_connections',
  1203: 'too_many_connections',
  1226: 'too_many_connections',
  1053: 'going_away',
  1317: 'timeout',
  1969: 'timeout',
  3024: 'timeout',
  1792: 'read_only',
  1290: 'server_read_only',
  1836: 'server_read_only',
  1142: 'permission',
  1143: 'permission',
  1227: 'permission',
  1370: 'permission',
  1064: 'syntax',
  1149: 'syntax',
  1146: 'unknown_table',
  1051: 'unknown_table',
  1054: 'unknown_column',
  1305: 'unknown_function',
  1052: 'ambiguous',
  1050: 'already_exists',
  1007: 'already_exists',
  1060: 'already_exists',
  1061: 'already_exists',
  1062: 'unique',
  1451: 'foreign_key',
  1452: 'foreign_key',
  1048: 'not_null',
  1364: 'not_null',
  3819: 'check',
  4025: 'check',
  1264: 'bad_value',
  1265: 'bad_value',
  1292: 'bad_value',
  1366: 'bad_value',
  1406: 'bad_value',
  1365: 'division_by_zero',
  1205: 'conflict',
  1213: 'conflict',
  1020: 'conflict',
  1021: 'resources',
  1037: 'resources',
  1041: 'resources',
  1114: 'resources',
  1153: 'resources',
  1235: 'unsupported',
  1295: 'unsupported',
};

/** What a MySQL or MariaDB server says; null when it is not the server that speaks. */
export function findMysqlFault(error: unknown): FoundFault | null {
  const { errno, code } = error as Readonly<Record<string, unknown>>;
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return { fault: 'no_tls' };
  // Node's own errors have negative numbers.
  if (typeof errno !== 'number' || errno < 1_000) return null;
  return { fault: BY_NUMBER[errno] ?? 'other', databaseCode: String(errno) };
}
