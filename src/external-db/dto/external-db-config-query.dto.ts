import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsSearch, MAX_SEARCH_LENGTH } from '../../common/validation/text.decorators';
import { DB_TYPES, type DbType } from '../db-type';

/** Which configurations are listed. */
export class ExternalDbConfigQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: DB_TYPES, enumName: 'DbType', description: 'Only databases of this type' })
  @IfGiven()
  @IsIn(DB_TYPES, { message: `must be one of ${DB_TYPES.join(', ')}` })
  dbType?: DbType;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_SEARCH_LENGTH,
    description: 'Part of the name or the description, in any case',
  })
  @IfGiven()
  @IsSearch()
  search?: string;
}
