import { Logger } from '@nestjs/common';

import { KnownCredentials } from './known-credentials';
import { type RateLimitStorage, secondsUntil } from './rate-limit-storage';

/**
 * Refuses an address that keeps failing to authenticate, before its next guess is looked at. With a shared storage
 * a replica hears of failures elsewhere at the first one of its own, so each lets one guess more through.
 */
export class AuthFailureLimit {
  private readonly logger = new Logger('RateLimit');
  private readonly known = new KnownCredentials();

  /**
   * @param limit failures that an address may have in a window
   * @param windowMs length of the window
   */
  constructor(
    private readonly storage: RateLimitStorage,
    private readonly limit: number,
    private readonly windowMs: number,
  ) {}

  /** How many seconds `address` must wait before `credential` is looked at; 0 when it is now. */
  secondsToWait(address: string, credential: string): number {
    const window = this.storage.peek(keyOf(address), this.windowMs);
    if (window === null || window.hits < this.limit || this.known.has(credential)) return 0;
    return secondsUntil(window.resetAt, Date.now());
  }

  /** A request was refused because of its credential. */
  async noteFailure(address: string): Promise<void> {
    const { totalHits } = await this.storage.increment(
      keyOf(address),
      this.windowMs,
      this.limit,
      this.windowMs,
      'auth_failures',
    );
    if (totalHits === this.limit) {
      this.logger.warn(`${address} failed to authenticate ${totalHits} times: refused for a while`);
    }
  }

  noteSuccess(credential: string): void {
    this.known.add(credential);
  }
}

function keyOf(address: string): string {
  return `auth_failures:${address}`;
}
