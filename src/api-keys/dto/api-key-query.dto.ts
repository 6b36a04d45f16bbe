import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

import { type Scope, SCOPES } from '../../common/auth/caller-key';
import { InstantFilter, SearchFilter } from '../../common/pagination/filter.decorators';
import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { IfGiven } from '../../common/validation/if-given.decorator';

/** Which keys are listed. */
export class ApiKeyQueryDto extends PageQueryDto {
  @SearchFilter('the name or the prefix')
  search?: string;

  @ApiPropertyOptional({ enum: SCOPES, description: 'Only keys that name this scope' })
  @IfGiven()
  @IsIn(SCOPES, { message: `must be one of ${SCOPES.join(', ')}` })
  scope?: Scope;

  @InstantFilter('Only keys created after this time')
  createdAfter?: string;

  @InstantFilter('Only keys created before this time')
  createdBefore?: string;

  @InstantFilter('Only keys that end before this time, ended ones too')
  expiresBefore?: string;
}
