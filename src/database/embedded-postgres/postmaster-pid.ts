import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { findProcess, type ProcessFacts } from './process-table';

/** Whether a server runs on a data directory, as far as its lock file and the process table tell. */
export type PostmasterState =
  | { readonly kind: 'none' }
  /** The lock file was left by a server that no longer runs. */
  | { readonly kind: 'stale' }
  /** The lock file is being written just now. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly pid: number };

/** A server writes its lock file in microseconds; an older empty one is what a power failure left. */
const EMPTY_FILE_AGE_MS = 5_000;

export function lockFileOf(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

/**
 * Reads `postmaster.pid` and checks that its process truly is the server of this directory. PostgreSQL itself
 * believes any living process of that number, and numbers are used again: in a restarted container, at once.
 */
export async function inspectPostmaster(cluster: string): Promise<PostmasterState> {
  let content: string;
  let ageMs: number;
  try {
    const path = lockFileOf(cluster);
    content = await readFile(path, 'utf8');
    ageMs = Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
    throw error;
  }
  const pid = Number.parseInt(content, 10);
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    return { kind: ageMs > EMPTY_FILE_AGE_MS ? 'stale' : 'starting' };
  }
  const facts = await findProcess(pid);
  return facts !== null && (await isServerOf(facts, cluster)) ? { kind: 'running', pid } : { kind: 'stale' };
}

/** The server's working directory is its data directory, which is also in its command line (`-D`). */
async function isServerOf({ command, cwd }: ProcessFacts, cluster: string): Promise<boolean> {
  const [program = ''] = command;
  if (command.length === 1 && cwd === null) return program.includes('postgres') && program.includes(cluster);
  if (basename(program) !== 'postgres') return false;
  if (cwd !== null) return cwd === cluster;
  const folder = command[command.indexOf('-D') + 1] ?? '';
  return (await realpath(folder).catch(() => folder)) === cluster;
}
