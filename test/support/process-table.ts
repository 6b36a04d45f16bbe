import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process of this machine has `marker` in its command line; those in a sandbox are of this machine, too. */
export function hasProcess(marker: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(marker);
      } catch {
        return false;
      }
    });
}
