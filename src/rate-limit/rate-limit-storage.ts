import type { ThrottlerStorage } from '@nestjs/throttler';

import type { Window } from './fixed-windows';

/** The throttler's answer to a hit. */
export type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Where hits are counted: the throttler's own interface, and a look that counts nothing. */
export interface RateLimitStorage extends ThrottlerStorage {
  /**
   * What this process knows to have been counted for a key; null when nothing was.
   *
   * @param ttl length of the window, milliseconds
   */
  peek(key: string, ttl: number): Window | null;
  /** Ends its connections, if it has any. */
  close(): void;
}

/** A window in the throttler's terms: times in whole seconds, rounded up. */
export function toRecord({ hits, resetAt }: Window, limit: number, now: number): ThrottlerRecord {
  const timeToExpire = secondsUntil(resetAt, now);
  const isBlocked = hits > limit;
  return { totalHits: hits, timeToExpire, isBlocked, timeToBlockExpire: isBlocked ? timeToExpire : 0 };
}

/** At least 1: who waits so long finds the window over. */
export function secondsUntil(resetAt: number, now: number): number {
  return Math.max(1, Math.ceil((resetAt - now) / 1_000));
}
