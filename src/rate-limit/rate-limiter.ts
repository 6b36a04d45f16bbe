import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { getStorageToken } from '@nestjs/throttler';
import type { NextFunction, Response } from 'express';
import { Counter } from 'prom-client';

import { presentedCredential } from '../common/auth/presented-credential';
import { AppError } from '../common/errors/app-error';
import type { AppRequest } from '../common/http/app-request';
import { pathOf } from '../common/http/path-of';
import { AppConfig } from '../config/app-config';
import { MetricsRegistry } from '../metrics/metrics-registry';
import { AuthFailureLimit } from './auth-failure-limit';
import { clientAddress } from './client-address';
import type { RateLimitStorage } from './rate-limit-storage';
import { RateLimitPaths } from './rate-limit-paths';

export const WINDOW_MS = 60_000;

/**
 * The middleware that counts requests by address. In front of everything and not the throttler's guard, which runs
 * after those that answer 401 and never for unknown paths and broken bodies: the three headers belong on those
 * answers too. It counts through the throttler's storage.
 */
@Injectable()
export class RateLimiter implements OnApplicationShutdown {
  private readonly limit: number;
  private readonly authFailures: AuthFailureLimit;
  private readonly refused: Counter<'limit'>;

  constructor(
    config: AppConfig,
    registry: MetricsRegistry,
    private readonly paths: RateLimitPaths,
    @Inject(getStorageToken()) private readonly storage: RateLimitStorage,
  ) {
    this.limit = config.rateLimitPerMinute;
    this.authFailures = new AuthFailureLimit(storage, config.rateLimitAuthFailuresPerMinute, WINDOW_MS);
    this.refused = new Counter({
      name: 'rate_limited_requests_total',
      help: 'Requests answered with 429, by the limit that they were over',
      labelNames: ['limit'],
      registers: [registry],
    });
  }

  /** After the last request. */
  onApplicationShutdown(): void {
    this.storage.close();
  }

  readonly admit = async (request: AppRequest, response: Response, next: NextFunction): Promise<void> => {
    const address = clientAddress(request);
    const path = pathOf(request);
    const isWithin = this.paths.uncounted.has(path)
      ? this.show(address, response)
      : await this.count(address, response);
    if (!isWithin) {
      this.refuse('requests', Number(response.getHeader('X-RateLimit-Reset')), response, next);
      return;
    }
    const secondsToWait = this.paths.isOpen(path) ? 0 : this.watchAuthentication(address, request, response);
    if (secondsToWait > 0) this.refuse('auth_failures', secondsToWait, response, next);
    else next();
  };

  /** Counts a request; says whether it is within the limit. */
  private async count(address: string, response: Response): Promise<boolean> {
    const { totalHits, timeToExpire, isBlocked } = await this.storage.increment(
      keyOf(address),
      WINDOW_MS,
      this.limit,
      WINDOW_MS,
      'requests',
    );
    this.setHeaders(response, totalHits, timeToExpire);
    return !isBlocked;
  }

  /** Shows how the address stands, and counts nothing. */
  private show(address: string, response: Response): true {
    const window = this.storage.peek(keyOf(address), WINDOW_MS);
    if (window === null) this.setHeaders(response, 0, 0);
    else this.setHeaders(response, window.hits, Math.ceil((window.resetAt - Date.now()) / 1_000));
    return true;
  }

  private setHeaders(response: Response, hits: number, resetSeconds: number): void {
    response.setHeader('X-RateLimit-Limit', this.limit);
    response.setHeader('X-RateLimit-Remaining', Math.max(0, this.limit - hits));
    response.setHeader('X-RateLimit-Reset', resetSeconds);
  }

  /**
   * Learns from the answer how the request's credential fared. A request without one is no guess.
   * @returns how many seconds the address must wait instead, because it guessed too often; 0 when it need not
   */
  private watchAuthentication(address: string, request: AppRequest, response: Response): number {
    const credential = presentedCredential(request)?.text;
    if (credential === undefined) return 0;
    const secondsToWait = this.authFailures.secondsToWait(address, credential);
    if (secondsToWait > 0) return secondsToWait;
    response.on('finish', () => {
      if (request.callerKey !== undefined) this.authFailures.noteSuccess(credential);
      else if (response.statusCode === 401) void this.authFailures.noteFailure(address);
    });
    return 0;
  }

  private refuse(
    limit: 'requests' | 'auth_failures',
    seconds: number,
    response: Response,
    next: NextFunction,
  ): void {
    this.refused.inc({ limit });
    response.setHeader('Retry-After', seconds);
    next(new AppError('RATE_LIMITED', 'Rate limit exceeded'));
  }
}

function keyOf(address: string): string {
  return `requests:${address}`;
}
