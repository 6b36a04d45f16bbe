import { type DynamicModule, Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';

import { AppConfig } from '../config/app-config';
import { LocalStorage } from './local-storage';
import { RateLimitPaths } from './rate-limit-paths';
import { RateLimiter, WINDOW_MS } from './rate-limiter';
import type { RedisStorage } from './redis-storage';

/** Limits requests by address. Gives the throttler, with the storage that all limits share, to routes as well. */
@Module({})
export class RateLimitModule {
  static register(paths: RateLimitPaths): DynamicModule {
    return {
      module: RateLimitModule,
      imports: [
        ThrottlerModule.forRootAsync({
          inject: [AppConfig],
          useFactory: async ({ rateLimitPerMinute, redisUrl }: AppConfig) => ({
            throttlers: [{ name: 'requests', limit: rateLimitPerMinute, ttl: WINDOW_MS }],
            storage: redisUrl === null ? new LocalStorage() : await redisStorage(redisUrl),
          }),
        }),
      ],
      providers: [{ provide: RateLimitPaths, useValue: paths }, RateLimiter],
      exports: [RateLimiter],
    };
  }
}

/** Its client has 500 modules, a fifteenth of the time that a start takes: loaded where there is a Redis. */
async function redisStorage(url: string): Promise<RedisStorage> {
  return new (await import('./redis-storage.js')).RedisStorage(url);
}
