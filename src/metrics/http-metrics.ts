import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Histogram } from 'prom-client';

import { answeredAt } from '../common/http/answered-at';
import { MetricsRegistry } from './metrics-registry';
import { labelsOf } from './request-labels';

/** From which status on an answer counts as no success, as the summary has it. */
const FIRST_ERROR_STATUS = 400;

/** Counts and times HTTP requests. */
@Injectable()
export class HttpMetrics {
  readonly durations: Histogram<'method' | 'route' | 'status'>;

  constructor(registry: MetricsRegistry) {
    this.durations = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the arrival of a request to the end of its answer; of an event stream, to its beginning',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
  }

  /**
   * The middleware, to be the first of all. It takes the end from the response itself: an interceptor would see
   * neither what guards and the body parser refuse nor the status of an error.
   */
  readonly observe = (request: Request, response: Response, next: NextFunction): void => {
    const arrivedAt = performance.now();
    // Comes once, whether the answer was sent or the connection broke.
    response.on('close', () => {
      const endedAt = answeredAt(response) ?? performance.now();
      this.durations.observe(labelsOf(request, response), (endedAt - arrivedAt) / 1_000);
    });
    next();
  };

  /** Whether a status counts as success in the summary. */
  static isSuccess(status: string): boolean {
    return Number(status) < FIRST_ERROR_STATUS;
  }
}
