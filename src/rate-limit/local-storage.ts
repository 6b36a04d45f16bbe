import { FixedWindows, type Window } from './fixed-windows';
import { type RateLimitStorage, type ThrottlerRecord, toRecord } from './rate-limit-storage';

/**
 * Counts in the memory of this process. The throttler's own storage keeps every hit of a key and a timer for each,
 * and filters them all at each request: 1.5 ms at 60,000 hits (toolchain.md).
 */
export class LocalStorage implements RateLimitStorage {
  /** By their length, because each {@link FixedWindows} has one. */
  private readonly windows = new Map<number, FixedWindows>();

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const now = Date.now();
    return Promise.resolve(toRecord(this.windowsOf(ttl).hit(key, now), limit, now));
  }

  peek(key: string, ttl: number): Window | null {
    return this.windowsOf(ttl).peek(key, Date.now());
  }

  /** Takes over what was counted elsewhere. */
  put(key: string, ttl: number, window: Window): void {
    this.windowsOf(ttl).put(key, window, Date.now());
  }

  close(): void {
    // Holds nothing but memory.
  }

  private windowsOf(ttl: number): FixedWindows {
    let windows = this.windows.get(ttl);
    if (windows === undefined) {
      windows = new FixedWindows(ttl);
      this.windows.set(ttl, windows);
    }
    return windows;
  }
}
