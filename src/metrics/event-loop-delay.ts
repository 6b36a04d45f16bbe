import { monitorEventLoopDelay } from 'node:perf_hooks';

import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

/** The measure is how late a timer of this period fires. */
const RESOLUTION_MS = 10;

/** How long a stretch is measured together: the reading is never older than this. */
const STRETCH_MS = 10_000;

/** How late this process' event loop ran, milliseconds. */
export interface EventLoopReading {
  readonly meanMs: number;
  readonly p99Ms: number;
}

/** Measures how late the event loop runs, in stretches, so that a slow start does not stay in the numbers for ever. */
@Injectable()
export class EventLoopDelay implements OnModuleInit, OnModuleDestroy {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private lastStretch: EventLoopReading | null = null;
  private timer: NodeJS.Timeout | undefined;

  onModuleInit(): void {
    this.histogram.enable();
    this.timer = setInterval(() => {
      this.lastStretch = this.current();
      this.histogram.reset();
    }, STRETCH_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.histogram.disable();
  }

  /** Of the last whole stretch; of the current one while it is the first. */
  read(): EventLoopReading {
    return this.lastStretch ?? this.current();
  }

  private current(): EventLoopReading {
    return { meanMs: delay(this.histogram.mean), p99Ms: delay(this.histogram.percentile(99)) };
  }
}

/** Milliseconds beyond the timer's own period, from nanoseconds between its firings; NaN before the first. */
function delay(nanoseconds: number): number {
  return Number.isNaN(nanoseconds) ? 0 : Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}
