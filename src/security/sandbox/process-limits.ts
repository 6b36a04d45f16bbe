import type { SandboxLimits } from './sandboxed-command';

/**
 * What one process may map beyond `memoryMb` before it is refused more: Node maps 550 MiB that it does not use. The
 * memory watch counts what is resident; this wall stops a process that is faster than the watch.
 */
const PROCESS_HEADROOM_MB = 768;
const OPEN_FILES = 1024;
const BYTES_PER_MB = 1024 * 1024;

/** Options of prlimit(1). They must be set inside of the sandbox: outside, all sandboxes of a user share them. */
export function prlimitOptions(limits: SandboxLimits): string[] {
  return [
    `--nproc=${limits.processes}`,
    `--nofile=${OPEN_FILES}`,
    `--fsize=${limits.tmpMb * BYTES_PER_MB}`,
    // Not the address space: Node reserves far more of it than it uses.
    `--data=${(limits.memoryMb + PROCESS_HEADROOM_MB) * BYTES_PER_MB}`,
    '--core=0',
    ...(limits.cpuSeconds === undefined ? [] : [`--cpu=${Math.ceil(limits.cpuSeconds)}`]),
  ];
}
