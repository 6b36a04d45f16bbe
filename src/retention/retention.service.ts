import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

import { Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { RetentionRepository } from './retention.repository';

/** How often a process looks for what is past its time: one statement over an index where there is nothing. */
const SWEEP_EVERY_MS = 10 * 60_000;

/** The first look comes within this time of the start, at a moment drawn by lot: replicas start together. */
const FIRST_SWEEP_WITHIN_MS = 60_000;

/**
 * The rest after a batch: as long as the batch took, and at least this, so that removing takes at most half of what
 * one connection can. A batch is some 50 ms, so that it keeps up with thousands of runs a second.
 */
const LEAST_REST_MS = 50;

const DAY_MS = 24 * 3600_000;

/** How long an idempotency key holds (workflows.md). */
const KEY_LIFE_MS = DAY_MS;

/**
 * Removes ended runs after `RUN_RETENTION_DAYS`, audit events after `AUDIT_RETENTION_DAYS` and idempotency keys after
 * their 24 h, in the background of every process that drives runs. Of all of them one removes at a time; the others
 * find that out and wait for their next turn.
 */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Retention');
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly repository: RetentionRepository,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  /** Ends after the batch under way. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** Removes everything that is past its time now, unless another process is at it. */
  async sweep(): Promise<void> {
    await this.removeKeys();
    if (this.config.runRetentionDays > 0) await this.removeRuns();
    if (this.config.auditRetentionDays > 0) await this.removeAuditEvents();
  }

  private async run(): Promise<void> {
    await this.rest(Math.random() * FIRST_SWEEP_WITHIN_MS);
    while (!this.stopping.signal.aborted) {
      try {
        await this.sweep();
      } catch (error) {
        this.logger.warn(`Could not remove what is past its time, trying again later: ${String(error)}`);
      }
      await this.rest(SWEEP_EVERY_MS);
    }
  }

  private async removeKeys(): Promise<void> {
    const cutoff = this.before(KEY_LIFE_MS);
    await this.inBatches(async () => (await this.repository.removeIdempotencyKeys(cutoff)) ?? 0);
  }

  private async removeRuns(): Promise<void> {
    const cutoff = this.before(this.config.runRetentionDays * DAY_MS);
    const started = performance.now();
    const total = { runs: 0, steps: 0, events: 0 };
    await this.inBatches(async () => {
      const removed = await this.repository.removeEndedRuns(cutoff);
      total.runs += removed?.runs ?? 0;
      total.steps += removed?.steps ?? 0;
      total.events += removed?.events ?? 0;
      return removed?.runs ?? 0;
    });
    if (total.runs === 0) return;
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    this.logger.log(
      `Removed ${total.runs} runs that ended before ${cutoff.toISOString()}, with ${total.steps} steps and ${total.events} events, in ${seconds} s`,
    );
  }

  private async removeAuditEvents(): Promise<void> {
    const cutoff = this.before(this.config.auditRetentionDays * DAY_MS);
    let total = 0;
    await this.inBatches(async () => {
      const removed = (await this.repository.removeAuditEvents(cutoff)) ?? 0;
      total += removed;
      return removed;
    });
    if (total > 0) this.logger.log(`Removed ${total} audit events from before ${cutoff.toISOString()}`);
  }

  /** @param remove removes a batch and tells how many; none is the end */
  private async inBatches(remove: () => Promise<number>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const started = performance.now();
      if ((await remove()) === 0) return;
      await this.rest(Math.max(LEAST_REST_MS, performance.now() - started));
    }
  }

  private before(ms: number): Date {
    return new Date(this.clock.now().getTime() - ms);
  }

  /** Ends early when the program stops, and does not keep it from ending. */
  private async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
