import { ApiProperty } from '@nestjs/swagger';

import { RUN_STATUSES, type RunStatus } from '../../engine/core/states';
import { HEALTH_STATUSES } from '../judge-health';

const count = { type: 'integer', minimum: 0 } as const;

/** One of the newest runs. */
export class RecentRunResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Null: the run invokes one component, `mcp_definition_id`',
  })
  workflowDefinitionId!: string | null;

  @ApiProperty({ type: String, nullable: true, description: "The workflow's name, as it is now" })
  workflowName!: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The component that was invoked; null for a run of a workflow',
  })
  mcpDefinitionId!: string | null;

  @ApiProperty({ type: String, nullable: true, description: "The component's name, as it is now" })
  mcpName!: string | null;

  @ApiProperty({ enum: RUN_STATUSES })
  status!: RunStatus;

  @ApiProperty({ format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt!: Date | null;
}

/** Connections of the pool that requests share, in the process that answered. */
export class DatabasePoolResponse {
  @ApiProperty(count)
  open!: number;

  @ApiProperty(count)
  idle!: number;

  @ApiProperty({ ...count, description: 'Those who wait for a connection' })
  waiting!: number;

  @ApiProperty(count)
  max!: number;
}

/** The queue and the workers over all processes; the rest of the process that answered. */
export class SystemMetricsResponse {
  @ApiProperty({ minimum: 0, description: 'Of the simplest statement, milliseconds' })
  databaseLatencyMs!: number;

  @ApiProperty()
  databasePool!: DatabasePoolResponse;

  @ApiProperty({ ...count, description: 'Runs that could go on and that no worker has taken' })
  queueDepth!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'How long the first of them has waited, seconds; null when none waits',
  })
  oldestQueuedRunSeconds!: number | null;

  @ApiProperty({ ...count, description: 'Workers with a heartbeat within their lease' })
  workersAlive!: number;

  @ApiProperty({ ...count, description: 'Resident memory' })
  memoryResidentBytes!: number;

  @ApiProperty(count)
  memoryHeapUsedBytes!: number;

  @ApiProperty({ minimum: 0, description: 'How late the event loop ran, over some 10 s' })
  eventLoopDelayMeanMs!: number;

  @ApiProperty({ minimum: 0 })
  eventLoopDelayP99Ms!: number;

  @ApiProperty({ minimum: 0, description: 'Since the start of the process' })
  uptimeSeconds!: number;
}

export class SystemHealthResponse {
  @ApiProperty({ enum: HEALTH_STATUSES })
  status!: (typeof HEALTH_STATUSES)[number];

  @ApiProperty({ type: [String], description: 'Why the status is degraded, a sentence each' })
  problems!: readonly string[];

  @ApiProperty()
  metrics!: SystemMetricsResponse;
}

/** Runs that have not ended, by their status now. */
export class OpenRunsResponse {
  @ApiProperty(count)
  pending!: number;

  @ApiProperty(count)
  running!: number;

  @ApiProperty(count)
  waiting!: number;
}

/** Runs that ended in a stretch of time. */
export class RunStretchResponse {
  @ApiProperty({ format: 'date-time', description: 'A full hour: runs are counted by the hour' })
  since!: Date;

  @ApiProperty(count)
  succeeded!: number;

  @ApiProperty(count)
  failed!: number;

  @ApiProperty(count)
  cancelled!: number;

  @ApiProperty(count)
  timedOut!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Median from start to end, seconds, within 5 %; null when no run that had started ended',
  })
  durationP50Seconds!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: '95th percentile, likewise' })
  durationP95Seconds!: number | null;
}

export class RunNumbersResponse {
  @ApiProperty()
  open!: OpenRunsResponse;

  @ApiProperty({ description: 'The last 24 hours' })
  lastDay!: RunStretchResponse;

  @ApiProperty({ description: 'The last 7 days' })
  lastWeek!: RunStretchResponse;
}

/** A workflow whose runs failed in the last 7 days. */
export class FailingDefinitionResponse {
  @ApiProperty({ format: 'uuid' })
  workflowDefinitionId!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ ...count, description: 'Runs that ended' })
  runs!: number;

  @ApiProperty({ ...count, description: 'Runs that failed or were out of time' })
  failed!: number;

  @ApiProperty({ minimum: 0, maximum: 1 })
  failureRate!: number;
}

/** The state of the whole at a glance. */
export class DashboardSummaryResponse {
  @ApiProperty({ ...count, description: 'MCP definitions that are not deleted' })
  totalMcps!: number;

  @ApiProperty({ ...count, description: 'Runs that have not ended' })
  activeWorkflows!: number;

  @ApiProperty({ type: [RecentRunResponse], description: 'The 10 newest runs, newest first' })
  recentWorkflowRuns!: readonly RecentRunResponse[];

  @ApiProperty()
  systemHealth!: SystemHealthResponse;

  @ApiProperty()
  runs!: RunNumbersResponse;

  @ApiProperty({ type: [FailingDefinitionResponse], description: 'At most 5, most failures first' })
  mostFailingDefinitions!: readonly FailingDefinitionResponse[];
}
