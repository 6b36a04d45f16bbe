import { readFileSync, realpathSync } from 'node:fs';

import { APP_DATABASE, APP_ROLE } from './owner-session';
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
