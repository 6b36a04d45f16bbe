import { ApiPropertyOptional } from '@nestjs/swagger';

import { PageQueryDto } from '../../common/pagination/page-query.dto';
import { IfGiven } from '../../common/validation/if-given.decorator';
import { IsSearch, MAX_SEARCH_LENGTH } from '../../common/validation/text.decorators';

/** Which secrets are listed. */
export class SecretQueryDto extends PageQueryDto {
  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_SEARCH_LENGTH,
    description: 'Part of the name or the description, in any case',
  })
  @IfGiven()
  @IsSearch()
  search?: string;
}
