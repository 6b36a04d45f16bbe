import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

import { SearchFilter } from '../../common/pagination/filter.decorators';
import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { DB_TYPES, type DbType } from '../db-type';

/** Which configurations are listed. */
export class ExternalDbConfigQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: DB_TYPES, enumName: 'DbType', description: 'Only databases of this type' })
  @IfGiven()
  @IsIn(DB_TYPES, { message: `must be one of ${DB_TYPES.join(', ')}` })
  dbType?: DbType;

  @SearchFilter('the name or the description')
  search?: string;
}
