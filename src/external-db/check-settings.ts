import type { Issue } from '../engine/core/issue';
import { isSqlitePath, SQLITE_PATH_FORM } from './connections/sqlite-file';
import type { DbType } from './db-type';
import type { SslSettings } from './ssl-settings';

/** How to reach a database, as given. */
export interface DbSettings {
  readonly dbType: DbType;
  readonly host: string | null;
  readonly port: number | null;
  readonly username: string | null;
  readonly dbName: string;
  readonly hasPassword: boolean;
  readonly ssl: SslSettings | null;
}

/** What of the settings does not go together; paths use the names on the wire. */
export function checkSettings(settings: DbSettings): Issue[] {
  return settings.dbType === 'sqlite' ? fileIssues(settings) : serverIssues(settings);
}

function fileIssues({ dbName, host, port, username, hasPassword, ssl }: DbSettings): Issue[] {
  const given = {
    host: host !== null,
    port: port !== null,
    username: username !== null,
    password: hasPassword,
    ssl: ssl !== null,
  };
  const issues = Object.entries(given)
    .filter(([, isGiven]) => isGiven)
    .map(([path]) => ({ path, message: 'must be left out: a SQLite database is a file' }));
  return isSqlitePath(dbName) ? issues : [...issues, { path: 'db_name', message: SQLITE_PATH_FORM }];
}

function serverIssues({ host, username, dbType }: DbSettings): Issue[] {
  return Object.entries({ host, username })
    .filter(([, value]) => value === null)
    .map(([path]) => ({ path, message: `must be given for ${dbType}` }));
}

/**
 * Where a password would go that was given for `before`: whoever may change a configuration but not read it must not
 * have it sent to a server of theirs, or in the clear.
 *
 * @returns an issue when it would go elsewhere
 */
export function passwordIssue(before: DbSettings, after: DbSettings): Issue | null {
  const isElsewhere =
    before.host !== after.host || before.port !== after.port || !isSameSsl(before.ssl, after.ssl);
  if (!before.hasPassword || !isElsewhere) return null;
  return { path: 'password', message: 'must be given again when host, port or ssl change' };
}

function isSameSsl(before: SslSettings | null, after: SslSettings | null): boolean {
  return (before?.mode ?? 'disable') === (after?.mode ?? 'disable') && before?.ca === after?.ca;
}
