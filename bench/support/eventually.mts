import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than anything that is waited for takes. */
const PATIENCE_MS = 60_000;
const POLL_MS = 50;

/** Looks until there is a value other than null, false and undefined. */
export async function eventually<Value>(
  look: () => Promise<Value | null | false | undefined>,
  pollMs = POLL_MS,
): Promise<Value> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false && found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`Not so after ${PATIENCE_MS} ms`);
    await sleep(pollMs);
  }
}
