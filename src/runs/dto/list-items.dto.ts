import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { STEP_STATUSES, type StepStatus } from '../../engine/core/states';

/** Which items of a step are listed. */
export class ListItemsDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: STEP_STATUSES })
  @IfGiven()
  @IsIn(STEP_STATUSES, { message: `must be one of: ${STEP_STATUSES.join(', ')}` })
  status?: StepStatus;
}
