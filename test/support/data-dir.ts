import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isAlive } from './is-alive';

/** A DATA_DIR of a test's own. */
export interface DataDir {
  readonly path: string;
  /** Process id of the embedded server by its lock file; null when there is none. */
  serverPid(): number | null;
  /** Stops a server that a killed program has left, and removes everything. */
  remove(): void;
}

/** @param uid its owner; needs root */
export function makeDataDir(uid?: number): DataDir {
  const path = mkdtempSync(join(tmpdir(), 'mcp-data-'));
  if (uid === undefined) chmodSync(path, 0o711);
  else chownSync(path, uid, uid);
  const serverPid = (): number | null => {
    try {
      return Number.parseInt(readFileSync(join(path, 'postgres/postmaster.pid'), 'utf8'), 10);
    } catch {
      return null;
    }
  };
  return {
    path,
    serverPid,
    remove: () => {
      const pid = serverPid();
      if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGQUIT');
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
