import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsUUID } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsName, MAX_NAME_LENGTH } from '../../common/validation/text.decorators';
import type { JsonObject } from '../../engine/core/json';
import { type Overlap, OVERLAPS } from '../overlap';
import { IsCron, IsTimeZone } from './is-cron.decorator';

/** What makes a schedule. */
export class CreateScheduleDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME_LENGTH, description: 'Unique', example: 'every-morning' })
  @IsName()
  name!: string;

  @ApiProperty({ format: 'uuid', description: 'The workflow to run, at the latest version of each time' })
  @IsUUID(undefined, { message: 'must be a UUID' })
  workflowDefinitionId!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Checked against the `parameters_schema` of the workflow, now and at each time',
  })
  @IfGiven()
  @IsObject({ message: 'must be an object' })
  parameters?: JsonObject;

  @ApiProperty({
    example: '30 6 * * MON-FRI',
    description:
      'Minute, hour, day of month, month, day of week; numbers, names and `* , - / L # W`. No seconds',
  })
  @IsCron()
  cron!: string;

  @ApiPropertyOptional({ default: 'UTC', example: 'Europe/Berlin', description: 'Of the IANA database' })
  @IfGiven()
  @IsTimeZone()
  timeZone?: string;

  @ApiPropertyOptional({
    enum: OVERLAPS,
    default: 'skip',
    description:
      'What happens when the time comes while a run of this schedule has not ended: no new run, one that waits for the end (at most one waits), or one beside it',
  })
  @IfGiven()
  @IsIn(OVERLAPS, { message: `must be one of ${OVERLAPS.join(', ')}` })
  overlap?: Overlap;

  @ApiPropertyOptional({ default: true })
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}
