import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** For what hangs, not for what is slow: long on a busy machine, and a third of what a test has (patience.ts). */
export const PATIENCE_MS = 120_000;

/** Waits until `probe` gives a value other than null, false and undefined; a probe that throws counts as not yet. */
export async function eventually<Value>(
  probe: () => Promise<Value | null | false | undefined> | Value | null | false | undefined,
  timeoutMs = PATIENCE_MS,
  pollMs = POLL_MS,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = null;
  for (;;) {
    try {
      const value = await probe();
      if (value !== null && value !== false && value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`Not so after ${timeoutMs} ms`, { cause: last });
    await sleep(pollMs);
  }
}
