import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

import { AppConfig } from '../config/app-config';

/**
 * The metrics of this process, each registered by the part that it measures. Names and units follow Prometheus'
 * conventions: base units (seconds, bytes), counters end in `_total`.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
@Injectable()
export class MetricsRegistry extends Registry implements OnModuleDestroy {
  constructor(config: AppConfig) {
    super();
    collectDefaultMetrics({ register: this });
    this.registerInfo(config.version);
  }

  onModuleDestroy(): void {
    // Ends the observers of the default metrics' own.
    this.clear();
  }

  private registerInfo(version: string): void {
    new Gauge({
      name: 'mcp_backend_info',
      help: "Always 1; the program's version is its label",
      labelNames: ['version'],
      registers: [this],
    }).set({ version }, 1);
  }
}
