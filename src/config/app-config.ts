/** Which parts of the program this process runs. */
export const ROLES = ['all', 'api', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/**
 * The environment, parsed once at boot, checked and frozen; also the injection token.
 * Nothing outside `src/config` reads `process.env`.
 */
export abstract class AppConfig {
  abstract readonly version: string;
  abstract readonly port: number;
  abstract readonly host: string;
  /** Null: the embedded PostgreSQL in `dataDir` is used. */
  abstract readonly databaseUrl: string | null;
  /** Absolute path. */
  abstract readonly dataDir: string;
  abstract readonly bootstrapApiKey: string | null;
  abstract readonly role: Role;
  /** How many runs one worker executes at a time. */
  abstract readonly workerConcurrency: number;
  abstract readonly rateLimitPerMinute: number;
  /** Number of reverse proxies in front whose X-Forwarded-For is believed. */
  abstract readonly trustProxyHops: number;
  /** CIDRs, `private` or `loopback`: where components may connect beside public addresses. */
  abstract readonly egressAllow: readonly string[];
  abstract readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  abstract readonly logFormat: 'json' | 'pretty';
}
