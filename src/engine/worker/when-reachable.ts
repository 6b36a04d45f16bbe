import { setTimeout as sleep } from 'node:timers/promises';

import { isWorthAnotherTry } from '../../database/connection-failure';

/** Between tries while PostgreSQL is away. Short: it is how long a run waits on after a restart. */
const RETRY_MS = 250;

/**
 * Reads, and reads again for as long as PostgreSQL is away: that delays a run and must never fail it.
 * @param signal gives up; rejects with its reason
 */
export async function whenReachable<Value>(read: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      if (!isWorthAnotherTry(error)) throw error;
    }
    await sleep(RETRY_MS);
  }
}
