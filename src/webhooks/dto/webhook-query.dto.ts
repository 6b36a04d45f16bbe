import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsUUID } from 'class-validator';

import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { IfGiven } from '../../common/validation/if-given.decorator';

/** Which webhooks are listed. */
export class WebhookQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ format: 'uuid', description: 'Only those that start this workflow' })
  @IfGiven()
  @IsUUID(undefined, { message: 'must be a UUID' })
  workflowDefinitionId?: string;
}
