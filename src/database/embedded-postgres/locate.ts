import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';

import { APP_DATABASE, APP_ROLE, isSocketServed } from './owner-session';
import { embeddedPaths, socketUrl } from './paths';

/**
 * The connection string of the embedded server of a data folder, for tools that run beside the program; null when
 * there is none that this user may use. The server itself must run.
 */
export function locateEmbeddedPostgres(dataDir: string): string | null {
  try {
    const paths = embeddedPaths(realpathSync(dataDir));
    const password = readFileSync(paths.passwordFile, 'utf8');
    return socketUrl(paths.socketDir, APP_ROLE, password, APP_DATABASE);
  } catch {
    return null;
  }
}

/** Whether a data folder holds a database; it need not run. */
export function hasEmbeddedDatabase(dataDir: string): boolean {
  return existsSync(embeddedPaths(resolve(dataDir)).cluster);
}

/** The connection string of the embedded server of a data folder while it runs; null when it does not. */
export async function findRunningPostgres(dataDir: string): Promise<string | null> {
  const url = locateEmbeddedPostgres(dataDir);
  if (url === null) return null;
  return (await isSocketServed(embeddedPaths(realpathSync(dataDir)))) ? url : null;
}
