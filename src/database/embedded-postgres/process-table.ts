import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What can be known of a living process that may not be ours. */
export interface ProcessFacts {
  /** The command line, program first; one element where the system does not tell the parts apart. */
  readonly command: readonly string[];
  /** Null when the system does not tell. */
  readonly cwd: string | null;
}

/**
 * Looks a process up; null when there is none, or when it has ended and only waits for its parent to notice (in a
 * container without an init, for ever).
 */
export async function findProcess(pid: number): Promise<ProcessFacts | null> {
  if (!exists(pid)) return null;
  return process.platform === 'linux' ? findByProc(pid) : findByPs(pid);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's, but alive.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function findByProc(pid: number): Promise<ProcessFacts | null> {
  try {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    if (commandLine === '' && (await isZombie(pid))) return null;
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    return { command: commandLine.split('\0').slice(0, -1), cwd };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** The state follows the program's name, which is in parentheses and may hold anything (proc_pid_stat(5)). */
async function isZombie(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8');
  return /\) [ZX] [^)]*$/.test(status);
}

async function findByPs(pid: number): Promise<ProcessFacts | null> {
  try {
    const { stdout } = await run('ps', ['-ww', '-o', 'stat=,command=', '-p', String(pid)]);
    const [, state, command] = /^\s*(\S+)\s+(.*)$/.exec(stdout.trimEnd()) ?? [];
    if (state === undefined || command === undefined || state.startsWith('Z')) return null;
    return { command: [command], cwd: null };
  } catch {
    // ps ends with 1 for a process that it does not know.
    return null;
  }
}
