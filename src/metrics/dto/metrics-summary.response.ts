import { ApiProperty } from '@nestjs/swagger';

const count = { type: 'integer', minimum: 0 } as const;
const share = {
  minimum: 0,
  maximum: 1,
  description: 'From 0 to 1; 0 when there is nothing to count',
} as const;
const seconds = { minimum: 0, description: 'Seconds; 0 when there is nothing to measure' } as const;

export class HttpRequestsSummary {
  @ApiProperty({ ...count, description: 'Answered requests' })
  total!: number;

  @ApiProperty({ ...share, description: 'Share of answers with a status below 400, from 0 to 1' })
  successRate!: number;

  @ApiProperty(seconds)
  averageLatency!: number;
}

export class DatabaseOperationsSummary {
  @ApiProperty({ ...count, description: 'SQL statements' })
  total!: number;

  @ApiProperty(seconds)
  averageLatency!: number;
}

export class WorkflowStepsSummary {
  @ApiProperty({ ...count, description: 'Steps that ran and are over; skipped ones did not run' })
  total!: number;

  @ApiProperty({ ...share, description: 'Share of them that succeeded, from 0 to 1' })
  successRate!: number;

  @ApiProperty({
    ...seconds,
    description: 'Seconds from start to end, retries included; `wait` steps are left out',
  })
  averageDuration!: number;
}

/** What this process has done since it started. */
export class MetricsSummaryResponse {
  @ApiProperty()
  httpRequests!: HttpRequestsSummary;

  @ApiProperty()
  databaseOperations!: DatabaseOperationsSummary;

  @ApiProperty()
  workflowSteps!: WorkflowStepsSummary;
}
