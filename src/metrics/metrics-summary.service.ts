import { Injectable } from '@nestjs/common';

import { DatabaseMetrics } from './database-metrics';
import type {
  DatabaseOperationsSummary,
  HttpRequestsSummary,
  MetricsSummaryResponse,
  WorkflowStepsSummary,
} from './dto/metrics-summary.response';
import { meanOf, totalsOf } from './histogram-totals';
import { HttpMetrics } from './http-metrics';
import { WorkflowMetrics } from './workflow-metrics';

/** A wait takes as long as it is told to: no measure of anything. */
const WAIT = 'builtin:wait';

/** Sums the metrics of this process up, from the very counters that Prometheus is shown. */
@Injectable()
export class MetricsSummaryService {
  constructor(
    private readonly http: HttpMetrics,
    private readonly database: DatabaseMetrics,
    private readonly workflow: WorkflowMetrics,
  ) {}

  async summarise(): Promise<MetricsSummaryResponse> {
    const [httpRequests, databaseOperations, workflowSteps] = await Promise.all([
      this.httpRequests(),
      this.databaseOperations(),
      this.workflowSteps(),
    ]);
    return { httpRequests, databaseOperations, workflowSteps };
  }

  private async httpRequests(): Promise<HttpRequestsSummary> {
    const all = await totalsOf(this.http.durations);
    const succeeded = await totalsOf(this.http.durations, ({ status }) =>
      HttpMetrics.isSuccess(String(status)),
    );
    return {
      total: all.count,
      successRate: share(succeeded.count, all.count),
      averageLatency: meanOf(all),
    };
  }

  private async databaseOperations(): Promise<DatabaseOperationsSummary> {
    const all = await totalsOf(this.database.durations);
    return { total: all.count, averageLatency: meanOf(all) };
  }

  private async workflowSteps(): Promise<WorkflowStepsSummary> {
    const { steps, stepDurations } = this.workflow;
    const ended = (await steps.get()).values.filter(({ labels }) => labels.outcome !== 'skipped');
    const total = sum(ended);
    const succeeded = sum(ended.filter(({ labels }) => labels.outcome === 'succeeded'));
    const durations = await totalsOf(stepDurations, ({ type }) => type !== WAIT);
    return { total, successRate: share(succeeded, total), averageDuration: meanOf(durations) };
  }
}

/** 0 of nothing is 0, as in the example of the API reference. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly { readonly value: number }[]): number {
  return values.reduce((total, { value }) => total + value, 0);
}
