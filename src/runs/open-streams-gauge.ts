import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';

import { MetricsRegistry } from '../metrics/metrics-registry';
import { RunStreams } from './run-streams';

/** Shows how many clients follow a run on this process. */
@Injectable()
export class OpenStreamsGauge implements OnModuleInit {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly streams: RunStreams,
  ) {}

  onModuleInit(): void {
    const { streams } = this;
    new Gauge({
      name: 'workflow_run_streams_open',
      help: 'Clients that follow a run',
      registers: [this.registry],
      collect() {
        this.set(streams.count);
      },
    });
  }
}
