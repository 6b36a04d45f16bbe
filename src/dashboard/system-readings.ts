import { Injectable } from '@nestjs/common';

import { PostgresConnection } from '../database/postgres-connection';
import { type EngineReading, EngineStatus } from '../engine/engine-status';
import { EventLoopDelay, type EventLoopReading } from '../metrics/event-loop-delay';

/** How far the pool that requests share is used. */
export interface PoolReading {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
}

/** How this process stands. */
export interface ProcessReading {
  readonly uptimeSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly eventLoop: EventLoopReading;
}

/** Reads how the system stands: the engine over all processes, pool and process of this one. */
@Injectable()
export class SystemReadings {
  constructor(
    private readonly connection: PostgresConnection,
    private readonly engineStatus: EngineStatus,
    private readonly eventLoop: EventLoopDelay,
  ) {}

  engine(): Promise<EngineReading> {
    return this.engineStatus.read();
  }

  pool(): PoolReading {
    const { totalCount, idleCount, waitingCount, options } = this.connection.pool;
    return { open: totalCount, idle: idleCount, waiting: waitingCount, max: options.max };
  }

  process(): ProcessReading {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      uptimeSeconds: process.uptime(),
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      eventLoop: this.eventLoop.read(),
    };
  }
}
