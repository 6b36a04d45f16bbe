import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

import { Clock } from '../common/clock';
import { ScheduleFirer } from './schedule-firer';
import { ScheduleFiringRepository } from './schedule-firing.repository';

/**
 * How long the loop sleeps at most. New and changed schedules, and queued runs whose predecessor has ended, are seen
 * this late.
 */
const POLL_MS = 2_000;

/** A timer may end a moment before its time by the wall clock: without this pause the loop would spin until then. */
const MIN_PAUSE_MS = 20;

/** Schedules that are fired before the loop looks at the clock again. */
const BATCH = 100;

/**
 * Fires schedules when their time comes. Runs in every worker; which of them fires a schedule is decided by the lock
 * on its row.
 */
@Injectable()
export class ScheduleLoopService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Schedules');
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private isInTrouble = false;

  constructor(
    private readonly schedules: ScheduleFiringRepository,
    private readonly firer: ScheduleFirer,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    // First a pause: the engine's queue starts at the same time.
    let pauseMs = POLL_MS / 4;
    for (;;) {
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      pauseMs = await this.pass().catch((error: unknown) => {
        // Said once: PostgreSQL may be away for long.
        if (!this.isInTrouble) this.logger.warn(`Cannot fire schedules, trying again: ${String(error)}`);
        this.isInTrouble = true;
        return POLL_MS;
      });
    }
  }

  /**
   * Fires what is due.
   * @returns milliseconds until something may be due again
   */
  private async pass(): Promise<number> {
    const due = await this.schedules.findDue(this.clock.now(), BATCH);
    let failure: unknown = null;
    for (const id of due) {
      if (this.stopping.signal.aborted) return 0;
      // One that fails does not keep the others from their time.
      await this.firer.fire(id).catch((error: unknown) => {
        failure ??= error;
      });
    }
    if (failure !== null) throw failure as Error;
    this.isInTrouble = false;
    if (due.length === BATCH) return MIN_PAUSE_MS;
    const next = await this.schedules.findEarliestTime();
    const untilNext = next === null ? POLL_MS : next.getTime() - this.clock.now().getTime();
    return Math.min(Math.max(untilNext, MIN_PAUSE_MS), POLL_MS);
  }
}
