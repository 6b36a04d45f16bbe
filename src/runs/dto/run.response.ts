import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Json } from '../../common/wire/json';
import { RUN_STATUSES } from '../../engine/core/states';

const json = { type: 'object', additionalProperties: true } as const;
/** Any JSON value: an empty schema. */
export const anyJson = { nullable: true, type: Object, additionalProperties: true } as const;

/** Why a run or a step failed. */
export class FailureResponse {
  @ApiProperty({ example: 'TIMEOUT', description: 'Stable; what `retry.never_on` names' })
  code!: string;
  @ApiProperty()
  message!: string;
  @ApiPropertyOptional({ description: 'On a run: the step that failed it' })
  stepId?: string;
}

/** A run in a list: without its documents, which are of any size. */
export class RunSummaryResponse {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Null: the run calls one component, `mcp_definition_id`',
  })
  workflowDefinitionId!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '1.0.0',
    description: 'The version that the run is pinned to',
  })
  workflowVersion!: string | null;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description:
      'The component that was invoked, with `parameters` as its inputs; null for a run of a workflow',
  })
  mcpDefinitionId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: "The component's version" })
  mcpVersion!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The tool of the `mcp_server` that was invoked' })
  tool!: string | null;
  @ApiProperty({ enum: RUN_STATUSES })
  status!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  labels!: Json;
  @ApiProperty({ type: FailureResponse, nullable: true })
  error!: Json;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The run that it repeats' })
  rerunOf!: string | null;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The run that this one is nested in',
  })
  parentRunId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The step there that called it' })
  parentStepId!: string | null;
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

/** A run of a workflow, or of one component. */
export class RunResponse extends RunSummaryResponse {
  @ApiProperty(json)
  parameters!: Json;
  @ApiProperty(anyJson)
  result!: Json;
}

/** A part of the list of runs. */
export class RunPageResponse {
  @ApiProperty({ type: [RunSummaryResponse] })
  items!: RunSummaryResponse[];
  @ApiProperty({ type: 'integer' })
  total!: number;
  @ApiProperty({ type: 'integer' })
  skip!: number;
  @ApiProperty({ type: 'integer' })
  limit!: number;
}
