import { type DynamicModule, Module, type Type } from '@nestjs/common';

import { EngineObserver } from '../engine/ports';
import { DatabaseMetrics } from './database-metrics';
import { EngineGauges } from './engine-gauges';
import { EventLoopDelay } from './event-loop-delay';
import { HttpMetrics } from './http-metrics';
import { MetricsSummaryController } from './metrics-summary.controller';
import { MetricsSummaryService } from './metrics-summary.service';
import { MetricsController, PublicMetricsController } from './metrics.controller';
import { MetricsRegistry } from './metrics-registry';
import { WorkflowMetrics } from './workflow-metrics';

export interface MetricsOptions {
  /** Whether the scrape is open to everybody. */
  readonly isPublic: boolean;
  /** Whether this process verifies keys. Without, it shows its metrics only when they are public. */
  readonly hasKeys: boolean;
}

/** Gathers the metrics of the process and shows them. Other parts register their own with `MetricsRegistry`. */
@Module({})
export class MetricsModule {
  static register(options: MetricsOptions): DynamicModule {
    return {
      module: MetricsModule,
      global: true,
      controllers: controllersFor(options),
      providers: [
        MetricsRegistry,
        HttpMetrics,
        DatabaseMetrics,
        WorkflowMetrics,
        EngineGauges,
        EventLoopDelay,
        MetricsSummaryService,
        { provide: EngineObserver, useExisting: WorkflowMetrics },
      ],
      exports: [MetricsRegistry, HttpMetrics, EventLoopDelay, EngineObserver],
    };
  }
}

function controllersFor({ isPublic, hasKeys }: MetricsOptions): Type[] {
  return [
    ...(isPublic ? [PublicMetricsController] : hasKeys ? [MetricsController] : []),
    ...(hasKeys ? [MetricsSummaryController] : []),
  ];
}
