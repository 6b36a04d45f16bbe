import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsUUID } from 'class-validator';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { InstantFilter, LabelFilter } from '../../common/pagination/filter.decorators';
import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { RUN_STATUSES, type RunStatus } from '../../engine/core/states';

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

  @ApiPropertyOptional({ format: 'uuid', description: 'Runs that steps of this run called' })
  @IfGiven()
  @IsUUID(undefined, { message: 'must be a UUID' })
  parentRunId?: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Runs that invoke this component, not those of workflows',
  })
  @IfGiven()
  @IsUUID(undefined, { message: 'must be a UUID' })
  mcpDefinitionId?: string;

  @LabelFilter()
  label?: string;

  @InstantFilter('Only runs created after this time')
  createdAfter?: string;

  @InstantFilter('Only runs created before this time')
  createdBefore?: string;
}
