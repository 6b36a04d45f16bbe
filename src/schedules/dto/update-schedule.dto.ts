import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsUUID } from 'class-validator';

import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsName, MAX_NAME_LENGTH } from '../../common/validation/text.decorators';
import type { JsonObject } from '../../engine/core/json';
import { type Overlap, OVERLAPS } from '../overlap';
import { IsCron, IsTimeZone } from './is-cron.decorator';

/** What changes a schedule: a field that is left out stays as it is. */
export class UpdateScheduleDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: MAX_NAME_LENGTH })
  @IfGiven()
  @IsName()
  name?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  @IfGiven()
  @IsUUID(undefined, { message: 'must be a UUID' })
  workflowDefinitionId?: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @IfGiven()
  @IsObject({ message: 'must be an object' })
  parameters?: JsonObject;

  @ApiPropertyOptional({ example: '30 6 * * MON-FRI' })
  @IfGiven()
  @IsCron()
  cron?: string;

  @ApiPropertyOptional({ example: 'Europe/Berlin' })
  @IfGiven()
  @IsTimeZone()
  timeZone?: string;

  @ApiPropertyOptional({ enum: OVERLAPS })
  @IfGiven()
  @IsIn(OVERLAPS, { message: `must be one of ${OVERLAPS.join(', ')}` })
  overlap?: Overlap;

  @ApiPropertyOptional({ description: 'False pauses the schedule, as `pause` does' })
  @IfGiven()
  @IsBoolean({ message: 'must be true or false' })
  enabled?: boolean;
}
