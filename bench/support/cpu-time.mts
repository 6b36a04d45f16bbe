import { readFileSync } from 'node:fs';

/** Ticks of the clock that Linux counts processor time by (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** Processor time that a process has used, milliseconds (proc(5): fields 14 and 15, behind the name in parentheses). */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user + system) * 1_000) / TICKS_PER_SECOND;
}
