import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

import { RunStatsRepository } from './run-stats.repository';

/** How often ended runs are added up. What waits is counted one by one at each look: some 40,000 at full speed. */
const PERIOD_MS = 5_000;

/** How often old hours are dropped. */
const FORGET_PERIOD_MS = 60 * 60 * 1_000;

/** Adds ended runs up in the background; of several processes, one at a time does it. */
@Injectable()
export class RunStatsJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('RunStats');
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private forgetDue = 0;
  private isInTrouble = false;

  constructor(private readonly stats: RunStatsRepository) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.work(signal).then(
        () => {
          this.isInTrouble = false;
        },
        (error: unknown) => {
          this.noteTrouble(error);
        },
      );
      await sleep(PERIOD_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async work(signal: AbortSignal): Promise<void> {
    while ((await this.stats.addUp()) && !signal.aborted);
    if (Date.now() < this.forgetDue) return;
    await this.stats.forgetOld();
    this.forgetDue = Date.now() + FORGET_PERIOD_MS;
  }

  /** Once, not every few seconds: the database may be away for long. */
  private noteTrouble(error: unknown): void {
    if (!this.isInTrouble) this.logger.warn(`Could not add up ended runs, trying again: ${String(error)}`);
    this.isInTrouble = true;
  }
}
