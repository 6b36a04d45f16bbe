import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsUUID, Matches } from 'class-validator';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { RUN_STATUSES, type RunStatus } from '../../engine/core/states';

const instant = { message: 'must be a time in ISO 8601, such as 2026-01-31T12:00:00Z' };

/** Which runs are listed. */
export class ListRunsDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: RUN_STATUSES })
  @IfGiven()
  @IsIn(RUN_STATUSES, { message: `must be one of: ${RUN_STATUSES.join(', ')}` })
  status?: RunStatus;

  @ApiPropertyOptional({ format: 'uuid' })
  @IfGiven()
  @IsUUID(undefined, { message: 'must be a UUID' })
  workflowDefinitionId?: string;

  @ApiPropertyOptional({
    pattern: '^[^=]+=',
    example: 'team=ops',
    description: 'Runs that carry this label',
  })
  @IfGiven()
  @Matches(/^[^=]+=.*$/s, { message: 'must be a name and a value, as in team=ops' })
  label?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IfGiven()
  @IsISO8601({ strict: true }, instant)
  createdAfter?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IfGiven()
  @IsISO8601({ strict: true }, instant)
  createdBefore?: string;
}
