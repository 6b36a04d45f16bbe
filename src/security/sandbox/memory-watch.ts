import type { ProcessGroup } from './process-group';
import { treeMemoryBytes } from './tree-memory';

const BYTES_PER_MB = 1024 * 1024;

/** The words of `ProcessGroup.ended` for a group that used too much memory. */
export const outOfMemory = (memoryMb: number): string => `it used more than ${memoryMb} MiB of memory`;

/**
 * Kills a group when its processes use more memory than they may together. Limits of the kernel hold for one process
 * only, and control groups are rarely ours to make.
 * @param everyMs how often is looked: what a tree can take meanwhile is bounded by the limit of each process
 */
export function watchMemory(group: ProcessGroup, memoryMb: number, everyMs: number): void {
  const timer = setInterval(() => {
    const { pid } = group.child;
    if (pid === undefined || treeMemoryBytes(pid) <= memoryMb * BYTES_PER_MB) return;
    void group.kill(outOfMemory(memoryMb));
  }, everyMs);
  timer.unref();
  const stop = () => {
    clearInterval(timer);
  };
  group.ended.then(stop, stop);
}
