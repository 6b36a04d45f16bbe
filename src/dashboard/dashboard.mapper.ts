import type { OpenRuns, FailingDefinition } from './dashboard.repository';
import type {
  DashboardSummaryResponse,
  FailingDefinitionResponse,
  OpenRunsResponse,
  RunStretchResponse,
  SystemHealthResponse,
} from './dto/dashboard-summary.response';
import type { DashboardSummary, SystemSummary } from './dashboard.service';
import type { RunStretch } from './run-stretch';

/** The summary as it goes out. */
export function toDashboardSummaryResponse(summary: DashboardSummary): DashboardSummaryResponse {
  return {
    totalMcps: summary.mcpDefinitions,
    activeWorkflows: summary.openRuns.reduce((sum, { runs }) => sum + runs, 0),
    recentWorkflowRuns: summary.recentRuns,
    systemHealth: toSystemHealth(summary.system),
    runs: {
      open: toOpenRuns(summary.openRuns),
      lastDay: toRunStretch(summary.lastDay),
      lastWeek: toRunStretch(summary.lastWeek),
    },
    mostFailingDefinitions: summary.failing.map(toFailingDefinition),
  };
}

function toSystemHealth({
  health,
  databaseLatencyMs,
  pool,
  engine,
  process,
}: SystemSummary): SystemHealthResponse {
  return {
    status: health.status,
    problems: health.problems,
    metrics: {
      databaseLatencyMs: rounded(databaseLatencyMs),
      databasePool: pool,
      queueDepth: engine.queueDepth,
      oldestQueuedRunSeconds: engine.oldestQueuedSeconds,
      workersAlive: engine.workersAlive,
      memoryResidentBytes: process.residentBytes,
      memoryHeapUsedBytes: process.heapUsedBytes,
      eventLoopDelayMeanMs: rounded(process.eventLoop.meanMs),
      eventLoopDelayP99Ms: rounded(process.eventLoop.p99Ms),
      uptimeSeconds: rounded(process.uptimeSeconds),
    },
  };
}

function toOpenRuns(open: readonly OpenRuns[]): OpenRunsResponse {
  const count = (status: OpenRuns['status']): number => open.find((one) => one.status === status)?.runs ?? 0;
  return { pending: count('pending'), running: count('running'), waiting: count('waiting') };
}

function toRunStretch(stretch: RunStretch): RunStretchResponse {
  const { durationP50, durationP95, ...counts } = stretch;
  return { ...counts, durationP50Seconds: durationP50, durationP95Seconds: durationP95 };
}

function toFailingDefinition(definition: FailingDefinition): FailingDefinitionResponse {
  return { ...definition, failureRate: definition.failed / definition.runs };
}

/** To thousandths: more digits say nothing. */
function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
