import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import {
  type HealthCheckAttempt,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorFunction,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';

import { Shutdown } from '../common/shutdown/shutdown';
import { EngineStatus } from '../engine/engine-status';
import { Sandbox } from '../security/sandbox/sandbox';
import { SecretBox } from '../security/secret-box/secret-box';
import { DATABASE_PATIENCE_MS, HealthRepository } from './health.repository';

/** Probes need no key: however many callers ask, the database is asked so often at most. */
const FRESH_MS = 500;

const NO_DATABASE = 'PostgreSQL does not answer';

/** Tells whether this process can do its work. Its messages are shown to everybody: no driver's text, no names of hosts. */
@Injectable()
export class Readiness {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: HealthRepository,
    private readonly secretBox: SecretBox,
    private readonly engine: EngineStatus,
    private readonly sandbox: Sandbox,
    private readonly shutdown: Shutdown,
  ) {}

  /** Whether the database answers; never rejects. */
  async hasDatabase(): Promise<boolean> {
    return (await this.checkDatabase()).database.status === 'up';
  }

  /** Whether requests and runs should be sent here, and what of it is not in order. Never rejects. */
  async check(): Promise<HealthCheckResult> {
    // Before anything is asked: a process that ends has nothing to prove.
    if (this.shutdown.isDraining) return { status: 'shutting_down', details: {} };
    return this.run([
      () => this.checkDatabase(),
      () => this.checkMigrations(),
      () => this.checkEncryptionKey(),
      () => this.checkQueue(),
      () => this.checkSandbox(),
    ]);
  }

  private async run(indicators: HealthIndicatorFunction[]): Promise<HealthCheckResult> {
    try {
      return await this.checks.check(indicators);
    } catch (error) {
      // What Terminus has found stands in its exception.
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }

  private checkDatabase(): HealthCheckAttempt<'database'> {
    return this.attempt('database', async () => {
      await this.database.ping();
      return null;
    });
  }

  private checkMigrations(): HealthCheckAttempt<'migrations'> {
    return this.attempt('migrations', async () => {
      const { length } = await this.database.pendingMigrations();
      return length === 0 ? null : `migrations of this version that have not run: ${length}`;
    });
  }

  /** The keys of this process may be older than those under which another one has wrapped the stored keys since. */
  private checkEncryptionKey(): HealthCheckAttempt<'encryption_key'> {
    return this.attempt('encryption_key', async () =>
      this.secretBox.opens(await this.database.dataKeys())
        ? null
        : 'Stored secrets are encrypted under a key that is not in ENCRYPTION_KEY',
    );
  }

  private checkQueue(): HealthCheckAttempt<'queue'> {
    return this.attempt('queue', () => this.engine.findFault(this.database.sql));
  }

  /** A process without a sandbox serves everything but components that need one. */
  private checkSandbox(): HealthIndicatorResult<'sandbox'> {
    const { available, reason } = this.sandbox.sandbox;
    const indicator = this.indicators.check('sandbox');
    return available ? indicator.up() : indicator.degraded(reason ?? 'There is none');
  }

  /** @param findFault gives what is wrong, if anything; what it throws is the database's fault */
  private attempt<const Key extends string>(
    key: Key,
    findFault: () => Promise<string | null>,
  ): HealthCheckAttempt<Key> {
    return this.indicators
      .check(key)
      .attempt(async () => {
        const fault = await findFault().catch(() => NO_DATABASE);
        if (fault !== null) throw new Error(fault);
      })
      .withTimeout(DATABASE_PATIENCE_MS)
      .cacheFor(FRESH_MS);
  }
}
