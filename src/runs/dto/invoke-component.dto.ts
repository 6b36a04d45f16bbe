import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsNumber, IsObject, IsString, Length, Max, Min } from 'class-validator';
import { IsLabels, type Labels } from '../../common/labels/is-labels.decorator';
import { LABELS_SCHEMA } from '../../common/openapi/schema-names';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsVersion } from '../../common/versioning/is-version.decorator';
import { OptionalBody } from '../../common/wire/optional-body.decorator';
import type { JsonObject } from '../../engine/core/json';

/** As long as a workflow may name. */
const MAX_TOOL_LENGTH = 256;

/** As long as a step may run that no limit of its own ends: a longer wait would find nothing. */
const MAX_WAIT_SECONDS = 300;

/** What calls a component. */
@OptionalBody()
export class InvokeComponentDto {
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, default: {} })
  @IfGiven()
  @IsObject({ message: 'must be an object' })
  inputs?: JsonObject;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_TOOL_LENGTH,
    description: 'The tool to call; required for an `mcp_server`, and only there',
  })
  @IfGiven()
  @Length(1, MAX_TOOL_LENGTH, { message: `must have 1 to ${MAX_TOOL_LENGTH} characters` })
  @IsString({ message: 'must be a string' })
  tool?: string;

  @ApiPropertyOptional({ description: 'The version to call; the latest when left out' })
  @IfGiven()
  @IsVersion()
  version?: string;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: MAX_WAIT_SECONDS,
    default: 0,
    description: 'How long the answer may wait for the end of the run',
  })
  @IfGiven()
  @Max(MAX_WAIT_SECONDS, { message: `must be at most ${MAX_WAIT_SECONDS}` })
  @Min(0, { message: 'must be at least 0' })
  @IsNumber({}, { message: 'must be a number' })
  waitSeconds?: number;

  @ApiPropertyOptional(LABELS_SCHEMA)
  @IfGiven()
  @IsLabels()
  labels?: Labels;
}
