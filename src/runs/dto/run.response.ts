import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Json } from '../../common/wire/json';
import { RUN_STATUSES, STEP_STATUSES } from '../../engine/core/states';

const json = { type: 'object', additionalProperties: true } as const;
/** Any JSON value: an empty schema. */
const anyJson = { nullable: true, type: Object, additionalProperties: true } as const;

/** Why a run or a step failed. */
export class FailureResponse {
  @ApiProperty({ example: 'TIMEOUT', description: 'Stable; what `retry.never_on` names' })
  code!: string;
  @ApiProperty()
  message!: string;
  @ApiPropertyOptional({ description: 'On a run: the step that failed it' })
  stepId?: string;
}

/** A run of a workflow. */
export class RunResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  workflowDefinitionId!: string;
  @ApiProperty({ example: '1.0.0', description: 'The version that the run is pinned to' })
  workflowVersion!: string;
  @ApiProperty({ enum: RUN_STATUSES })
  status!: string;
  @ApiProperty(json)
  parameters!: Json;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  labels!: Json;
  @ApiProperty(anyJson)
  result!: Json;
  @ApiProperty({ type: FailureResponse, nullable: true })
  error!: Json;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When a cancellation was asked for',
  })
  cancelRequestedAt!: Date | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When a waiting run goes on',
  })
  wakeAt!: Date | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: Date;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: Date;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt!: Date | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt!: Date | null;
}

/** A part of the list of runs. */
export class RunPageResponse {
  @ApiProperty({ type: [RunResponse] })
  items!: RunResponse[];
  @ApiProperty({ type: 'integer' })
  total!: number;
  @ApiProperty({ type: 'integer' })
  skip!: number;
  @ApiProperty({ type: 'integer' })
  limit!: number;
}

/** One try of a step. */
export class AttemptResponse {
  @ApiProperty({ type: 'integer', minimum: 1 })
  attempt!: number;
  @ApiProperty({ enum: STEP_STATUSES })
  status!: string;
  @ApiProperty({ type: FailureResponse, nullable: true })
  error!: Json;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt!: Date | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt!: Date | null;
}

/** A step of a run, as its last attempt left it. */
export class RunStepResponse {
  @ApiProperty({ example: 'fetch_orders', description: 'The id in the workflow definition' })
  id!: string;
  @ApiProperty({ enum: STEP_STATUSES })
  status!: string;
  @ApiProperty(anyJson)
  inputs!: Json;
  @ApiProperty(anyJson)
  output!: Json;
  @ApiProperty({ type: FailureResponse, nullable: true })
  error!: Json;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When its first attempt started',
  })
  startedAt!: Date | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt!: Date | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'From the start of the first attempt to the end',
  })
  durationMs!: number | null;
  @ApiProperty({ type: [AttemptResponse] })
  attempts!: AttemptResponse[];
}

/** The steps of a run, in the order of the definition. */
export class RunStepsResponse {
  @ApiProperty({ type: [RunStepResponse] })
  items!: RunStepResponse[];
  @ApiProperty({ type: 'integer' })
  total!: number;
}
