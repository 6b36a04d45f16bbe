import type { DatabaseFault, FoundFault } from './database-fault';

/** By SQLSTATE. Source: PostgreSQL, "Error Codes". */
const BY_CODE: Readonly<Record<string, DatabaseFault>> = {
  '28P01': 'login',
  // What pg_hba.conf says: also "no pg_hba.conf entry … no encryption".
  '28000': 'needs_tls',
  '3D000': 'unknown_database',
  '53300': 'too_many_connections',
  '57P01': 'going_away',
  '57P02': 'going_away',
  '57P03': 'going_away',
  '57014': 'timeout',
  '25006': 'read_only',
  '42501': 'permission',
  '42601': 'syntax',
  '42P01': 'unknown_table',
  '42703': 'unknown_column',
  '42883': 'unknown_function',
  '42704': 'unknown_object',
  '3F000': 'unknown_object',
  '42702': 'ambiguous',
  '42725': 'ambiguous',
  '42P08': 'ambiguous',
  '42P18': 'type_mismatch',
  '42804': 'type_mismatch',
  '42846': 'type_mismatch',
  '42P07': 'already_exists',
  '42701': 'already_exists',
  '42710': 'already_exists',
  '23505': 'unique',
  '23503': 'foreign_key',
  '23502': 'not_null',
  '23514': 'check',
  '23P01': 'check',
  '22012': 'division_by_zero',
  '40001': 'conflict',
  '40P01': 'conflict',
  '55P03': 'conflict',
};

/** By the first two characters, for the codes not listed above. */
const BY_CLASS: Readonly<Record<string, DatabaseFault>> = {
  '22': 'bad_value',
  '53': 'resources',
  '54': 'resources',
  '0A': 'unsupported',
};

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** What a PostgreSQL server says; null when it is not the server that speaks. */
export function findPostgresFault(error: unknown): FoundFault | null {
  const { code, severity, position, message } = error as Readonly<Record<string, unknown>>;
  // `pg` says these by a text only: no encryption; a password is asked for where there is none.
  if (message === 'The server does not support SSL connections') return { fault: 'no_tls' };
  if (typeof message === 'string' && message.startsWith('SASL: ')) return { fault: 'login' };
  // Node's own codes (EPIPE) have the form of a SQLSTATE too: those come without a severity.
  if (typeof code !== 'string' || !SQLSTATE.test(code) || typeof severity !== 'string') return null;
  const offset = Number(position) - 1;
  return {
    fault: BY_CODE[code] ?? BY_CLASS[code.slice(0, 2)] ?? 'other',
    databaseCode: code,
    ...(offset >= 0 && { offset }),
  };
}
