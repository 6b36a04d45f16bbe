import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, Histogram } from 'prom-client';
import type { Pool } from 'pg';

import { observeQueries } from '../database/observe-queries';
import { PostgresConnection } from '../database/postgres-connection';
import { MetricsRegistry } from './metrics-registry';

/** Counts and times the statements on every pool of the process, and shows how far the pools are used. */
@Injectable()
export class DatabaseMetrics implements OnModuleInit {
  readonly durations: Histogram<'pool' | 'operation' | 'outcome'>;
  private readonly pools = new Map<string, Pool>();

  constructor(
    private readonly registry: MetricsRegistry,
    private readonly connection: PostgresConnection,
  ) {
    this.durations = new Histogram({
      name: 'database_operation_duration_seconds',
      help: 'From the sending of an SQL statement to its whole result; the wait for a connection is not in it',
      labelNames: ['pool', 'operation', 'outcome'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers: [registry],
    });
  }

  onModuleInit(): void {
    this.connection.eachPool((name, pool) => {
      this.pools.set(name, pool);
      observeQueries(pool, ({ operation, durationMs, failed }) => {
        this.durations.observe(
          { pool: name, operation, outcome: failed ? 'error' : 'ok' },
          durationMs / 1_000,
        );
      });
    });
    this.addPoolGauges();
  }

  private addPoolGauges(): void {
    const { pools } = this;
    new Gauge({
      name: 'database_pool_connections',
      help: 'Open connections to PostgreSQL',
      labelNames: ['pool', 'state'],
      registers: [this.registry],
      collect() {
        for (const [pool, { totalCount, idleCount }] of pools) {
          this.set({ pool, state: 'idle' }, idleCount);
          this.set({ pool, state: 'busy' }, totalCount - idleCount);
        }
      },
    });
    new Gauge({
      name: 'database_pool_max_connections',
      help: 'Connections that a pool may open',
      labelNames: ['pool'],
      registers: [this.registry],
      collect() {
        for (const [pool, { options }] of pools) this.set({ pool }, options.max);
      },
    });
    new Gauge({
      name: 'database_pool_waiting',
      help: 'Those who wait for a connection of the pool',
      labelNames: ['pool'],
      registers: [this.registry],
      collect() {
        for (const [pool, { waitingCount }] of pools) this.set({ pool }, waitingCount);
      },
    });
  }
}
