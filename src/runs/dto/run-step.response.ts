import { ApiProperty } from '@nestjs/swagger';
import { PageResponse } from '../../common/pagination/page.response';
import type { Json } from '../../common/wire/json';
import { STEP_STATUSES } from '../../engine/core/states';
import { anyJson, FailureResponse } from './run.response';

/** What a language model's calls came to, by the prices of the configuration. */
export class ModelCostResponse {
  @ApiProperty({ example: 0.0123 })
  amount!: number;
  @ApiProperty({ example: 'USD' })
  currency!: string;
}

/** What was used of a language model. */
export class ModelUsageResponse {
  @ApiProperty({ example: 'anthropic' })
  provider!: string;
  @ApiProperty({ example: 'claude-sonnet-4-5', description: 'As the configuration names it' })
  model!: string;
  @ApiProperty({ type: 'integer' })
  inputTokens!: number;
  @ApiProperty({ type: 'integer' })
  outputTokens!: number;
  @ApiProperty({ type: 'integer' })
  totalTokens!: number;
  @ApiProperty({
    type: ModelCostResponse,
    nullable: true,
    description: 'Null where no prices are configured',
  })
  cost!: ModelCostResponse | null;
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
  @ApiProperty({
    type: ModelUsageResponse,
    nullable: true,
    description: 'Null for a step that calls no model',
  })
  usage!: ModelUsageResponse | null;
}

/** What a step and an item of one have in common: how their last attempt left them. */
class OutcomeResponse {
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
  @ApiProperty({
    type: ModelUsageResponse,
    nullable: true,
    description: 'What its attempts used of a language model together; null for a step that calls none',
  })
  usage!: ModelUsageResponse | null;
  @ApiProperty({ type: [AttemptResponse] })
  attempts!: AttemptResponse[];
}

/** A step of a run. */
export class RunStepResponse extends OutcomeResponse {
  @ApiProperty({ example: 'fetch_orders', description: 'The id in the workflow definition' })
  id!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    nullable: true,
    example: { succeeded: 120, failed: 1, running: 4 },
    description: 'Of a `for_each` step: how many of its items that have begun are in which state',
  })
  itemCounts!: Json | null;
}

/** An item of a `for_each` step. */
export class RunStepItemResponse extends OutcomeResponse {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Its place in the list' })
  item!: number;
}

/** A part of the items of a step. */
export class RunStepItemPageResponse extends PageResponse(RunStepItemResponse) {}

/** The steps of a run, in the order of the definition. */
export class RunStepsResponse {
  @ApiProperty({ type: [RunStepResponse] })
  items!: RunStepResponse[];
  @ApiProperty({ type: 'integer' })
  total!: number;
}
