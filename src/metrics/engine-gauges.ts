import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';

import { type EngineReading, EngineStatus } from '../engine/engine-status';
import { MetricsRegistry } from './metrics-registry';

/**
 * Shows how the engine stands, read from the database when somebody looks. Every process shows the same: take the
 * greatest, not the sum.
 */
@Injectable()
export class EngineGauges implements OnModuleInit {
  /** The look under way: one scrape asks for several gauges at once. */
  private look: Promise<EngineReading | null> | null = null;

  constructor(
    private readonly registry: MetricsRegistry,
    private readonly engine: EngineStatus,
  ) {}

  onModuleInit(): void {
    this.add(
      'workflow_queue_depth',
      'Runs that could go on and that no worker has taken',
      ({ queueDepth }) => queueDepth,
    );
    this.add(
      'workflow_queue_oldest_seconds',
      'How long the first run of the queue has waited',
      ({ oldestQueuedSeconds }) => oldestQueuedSeconds ?? 0,
    );
    this.add(
      'workflow_workers_alive',
      'Workers with a heartbeat within their lease',
      ({ workersAlive }) => workersAlive,
    );
  }

  private add(name: string, help: string, valueOf: (reading: EngineReading) => number): void {
    const read = (): Promise<EngineReading | null> => this.read();
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        const reading = await read();
        if (reading === null) this.remove();
        else this.set(valueOf(reading));
      },
    });
  }

  /** Null while the database is away: these gauges are then absent, and the scrape goes on. */
  private read(): Promise<EngineReading | null> {
    this.look ??= this.engine
      .read()
      .catch(() => null)
      .finally(() => {
        this.look = null;
      });
    return this.look;
  }
}
