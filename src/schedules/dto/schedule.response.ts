import { ApiProperty } from '@nestjs/swagger';

import { REVISION_SCHEMA } from '../../common/conditional/revision-schema';
import { PageResponse } from '../../common/pagination/page.response';
import type { Json } from '../../common/wire/json';
import { RUN_STATUSES } from '../../engine/core/states';
import { type Overlap, OVERLAPS } from '../overlap';

/** A time, or null. */
const timeOrNull = { type: String, format: 'date-time', nullable: true } as const;

/** The last run that a schedule started. */
export class ScheduleRunResponse {
  @ApiProperty({ format: 'uuid' })
  runId!: string;

  @ApiProperty({ enum: RUN_STATUSES, nullable: true, description: 'Null once the run has been removed' })
  status!: string | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'The time that it was started for' })
  scheduledFor!: Date | null;

  @ApiProperty({ description: 'Whether its time was missed while no worker was there' })
  caughtUp!: boolean;
}

/** Why a schedule started no run when it last should have. */
export class ScheduleErrorResponse {
  @ApiProperty({ example: 'INVALID_REQUEST' })
  code!: string;

  @ApiProperty()
  message!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;
}

/** A schedule. */
export class ScheduleResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ format: 'uuid' })
  workflowDefinitionId!: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  parameters!: Json;

  @ApiProperty({ example: '30 6 * * MON-FRI' })
  cron!: string;

  @ApiProperty({ example: 'Europe/Berlin' })
  timeZone!: string;

  @ApiProperty({ enum: OVERLAPS })
  overlap!: Overlap;

  @ApiProperty({ description: 'False while it is paused' })
  enabled!: boolean;

  @ApiProperty({
    type: [String],
    format: 'date-time',
    description: 'The next 5 times; none while it is paused',
  })
  nextTimes!: readonly Date[];

  @ApiProperty({ ...timeOrNull, description: 'The time whose run waits for the one before to end' })
  queuedFor!: Date | null;

  @ApiProperty({ type: ScheduleRunResponse, nullable: true })
  lastRun!: ScheduleRunResponse | null;

  @ApiProperty({
    ...timeOrNull,
    description: 'The last time that was passed over because a run had not ended',
  })
  lastSkippedAt!: Date | null;

  @ApiProperty({
    type: ScheduleErrorResponse,
    nullable: true,
    description: 'Null again when a run has been started',
  })
  lastError!: ScheduleErrorResponse | null;

  @ApiProperty(REVISION_SCHEMA)
  revision!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  updatedAt!: Date;
}

export class SchedulePageResponse extends PageResponse(ScheduleResponse) {}
