import { readFileSync } from 'node:fs';

const KB_PER_MIB = 1024;

/** Resident memory of a process, MiB, from the kernel, as `ps` has it (proc_pid_status(5)). */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / KB_PER_MIB;
}
