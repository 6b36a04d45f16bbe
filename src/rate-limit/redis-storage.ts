import { Logger } from '@nestjs/common';
import { type CommandParser, createClient, defineScript } from '@redis/client';

import type { Window } from './fixed-windows';
import { LocalStorage } from './local-storage';
import { type RateLimitStorage, type ThrottlerRecord, toRecord } from './rate-limit-storage';

/** Before every key: the database may serve others too. */
const KEY_PREFIX = 'mcp-backend:rate-limit:';

/** A Redis nearby answers within a millisecond; a request waits no longer than this for one that does not. */
const PATIENCE_MS = 100;

/** After a failure nobody waits for Redis for this long. */
const PAUSE_MS = 1_000;

const CONNECT_TIMEOUT_MS = 2_000;
const LAST_RECONNECT_MS = 2_000;

/**
 * Counts one hit and tells how long the window still lasts, in one round trip. A counter that has lost its end, as
 * after a restore from a backup, gets a new one: it would block its address for ever.
 */
const HIT = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local hits = redis.call('INCR', KEYS[1])
    local left = redis.call('PTTL', KEYS[1])
    if left < 0 then
      redis.call('PEXPIRE', KEYS[1], ARGV[1])
      left = tonumber(ARGV[1])
    end
    return { hits, left }`,
  parseCommand(parser: CommandParser, key: string, ttl: number) {
    parser.pushKey(KEY_PREFIX + key);
    parser.push(String(ttl));
  },
  transformReply: (reply: unknown) => {
    const [hits, leftMs] = reply as [number, number];
    return { hits, leftMs };
  },
});

/**
 * Counts in a Redis that the replicas share. While it is away each replica goes on by itself from the last count it
 * was told: requests never fail for it, and only the first one waits.
 */
export class RedisStorage implements RateLimitStorage {
  private readonly logger = new Logger('RateLimit');
  private readonly client;
  private readonly local = new LocalStorage();
  private isAway = false;
  /** Epoch milliseconds until which Redis is not asked. */
  private pausedUntil = 0;

  /** Connects in the background, and again whenever the connection breaks. */
  constructor(url: string) {
    this.client = createClient({
      url,
      name: 'mcp-backend',
      scripts: { hit: HIT },
      // A hit that waits for a connection is of no use to its request.
      disableOfflineQueue: true,
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, LAST_RECONNECT_MS),
      },
    });
    this.client.on('error', (error: unknown) => {
      this.noteAway(error);
    });
    this.client.connect().catch((error: unknown) => {
      this.noteAway(error);
    });
  }

  async increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const now = Date.now();
    if (!this.client.isReady || now < this.pausedUntil) return this.local.increment(key, ttl, limit);
    try {
      const { hits, leftMs } = await withinPatience(this.client.hit(key, ttl));
      this.noteBack();
      const window = { hits, resetAt: now + leftMs };
      this.local.put(key, ttl, window);
      return toRecord(window, limit, now);
    } catch (error) {
      this.noteAway(error);
      return this.local.increment(key, ttl, limit);
    }
  }

  peek(key: string, ttl: number): Window | null {
    return this.local.peek(key, ttl);
  }

  close(): void {
    this.client.destroy();
  }

  private noteAway(error: unknown): void {
    this.pausedUntil = Date.now() + PAUSE_MS;
    if (this.isAway) return;
    this.isAway = true;
    // Only its code: the text may hold the address, and so the password, of REDIS_URL.
    this.logger.warn(
      `Redis is away (${codeOf(error)}): this process counts requests by itself until it is back`,
    );
  }

  private noteBack(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.logger.log('Redis is back: the replicas count requests together again');
  }
}

async function withinPatience<Value>(answer: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${PATIENCE_MS} ms`));
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'no answer';
}
