import { readdirSync, readFileSync } from 'node:fs';

const BYTES_PER_KB = 1024;

/**
 * Memory of a process and all that came from it, bytes: resident pages without those of files. Orphans in a PID
 * namespace become children of its first process, so nobody leaves the tree. Pages shared by a fork count once for
 * each: the sum errs on the high side.
 */
export function treeMemoryBytes(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, one) => sum + processMemoryBytes(one), 0);
}

/** Whether this kernel tells the children of a process (CONFIG_PROC_CHILDREN). */
export function canWalkTree(): boolean {
  try {
    readFileSync(`/proc/self/task/${process.pid}/children`);
    return true;
  } catch {
    return false;
  }
}

/** All living processes that came from one. */
export function descendants(pid: number): number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

function children(pid: number): number[] {
  return (attempt(() => readdirSync(`/proc/${pid}/task`)) ?? []).flatMap((thread) =>
    (attempt(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')) ?? '')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );
}

/** Anonymous and shared memory (proc_pid_status(5)); 0 for a process that has gone. */
function processMemoryBytes(pid: number): number {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'latin1')) ?? '';
  const [anonymous = 0, shared = 0] = ['RssAnon', 'RssShmem'].map((field) =>
    Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0),
  );
  return (anonymous + shared) * BYTES_PER_KB;
}

/** Processes end while they are looked at. */
function attempt<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch {
    return null;
  }
}
