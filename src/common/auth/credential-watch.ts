import type { ServerResponse } from 'node:http';

import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

import { AppError } from '../errors/app-error';

/** How often those who listen are looked at: well within the 5 s that are promised for a key that was deleted. */
const CHECK_EVERY_MS = 2_000;

/**
 * Ends the answers of those who listen for as long as they like, once the credential that they came with is no longer
 * good: its key was deleted or replaced, its session ended, its time is over. By asking again rather than by a
 * notification, because some credentials end without one; mostly that costs a look into the cache.
 */
@Injectable()
export class CredentialWatch implements OnModuleInit, OnModuleDestroy {
  private readonly watched = new Map<ServerResponse, () => Promise<unknown>>();
  private timer: NodeJS.Timeout | undefined;
  private isChecking = false;

  onModuleInit(): void {
    this.timer = setInterval(() => void this.check(), CHECK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /**
   * Watches an answer until it is closed.
   * @param authenticate rejects with UNAUTHENTICATED or FORBIDDEN when the one who listens may do so no longer
   */
  watch(response: ServerResponse, authenticate: () => Promise<unknown>): void {
    if (response.destroyed) return;
    this.watched.set(response, authenticate);
    response.once('close', () => this.watched.delete(response));
  }

  private async check(): Promise<void> {
    if (this.isChecking) return;
    this.isChecking = true;
    try {
      // One after the other: listeners of different keys must not ask the database all at once.
      for (const [response, authenticate] of this.watched) {
        if (await isRefused(authenticate)) response.destroy();
      }
    } finally {
      this.isChecking = false;
    }
  }
}

/** Where nobody can tell, as while the database is away, the listener stays: each new request is judged anyway. */
async function isRefused(authenticate: () => Promise<unknown>): Promise<boolean> {
  try {
    await authenticate();
    return false;
  } catch (error) {
    return error instanceof AppError && (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN');
  }
}
