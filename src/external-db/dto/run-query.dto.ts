import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsNumber, IsObject, IsString, Length, Max, Min } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsStorable } from '../../common/validation/text.decorators';
import type { JsonObject } from '../../engine/core/json';

const MAX_SQL_LENGTH = 100_000;
const DEFAULT_ROWS = 1_000;
const MAX_ROWS = 10_000;
const DEFAULT_SECONDS = 30;
const LEAST_SECONDS = 0.1;
const MAX_SECONDS = 300;

const rowRange = { message: `must be from 1 to ${MAX_ROWS}` };
const secondRange = { message: `must be from ${LEAST_SECONDS} to ${MAX_SECONDS}` };

/** One statement for a configured database. */
export class RunQueryDto {
  @ApiProperty({
    minLength: 1,
    maxLength: MAX_SQL_LENGTH,
    description: 'One statement; `:name` where a value of `parameters` belongs',
    example: 'SELECT id, total FROM orders WHERE day = :day',
  })
  @IsStorable()
  @Length(1, MAX_SQL_LENGTH, { message: `must be 1 to ${MAX_SQL_LENGTH} characters long` })
  @IsString({ message: 'must be a string' })
  sql!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    default: {},
    description: 'The values by name, as many as the statement names',
    example: { day: '2026-01-31' },
  })
  @IfGiven()
  @IsObject({ message: 'must be an object' })
  parameters: JsonObject = {};

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_ROWS, default: DEFAULT_ROWS })
  @IfGiven()
  @Max(MAX_ROWS, rowRange)
  @Min(1, rowRange)
  @IsInt({ message: 'must be an integer' })
  maxRows: number = DEFAULT_ROWS;

  @ApiPropertyOptional({ minimum: LEAST_SECONDS, maximum: MAX_SECONDS, default: DEFAULT_SECONDS })
  @IfGiven()
  @Max(MAX_SECONDS, secondRange)
  @Min(LEAST_SECONDS, secondRange)
  @IsNumber({}, { message: 'must be a number' })
  timeoutSeconds: number = DEFAULT_SECONDS;

  @ApiPropertyOptional({
    default: false,
    description: 'Whether rows beyond the limits are left out; otherwise they are an error',
  })
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  allowTruncation: boolean = false;
}
