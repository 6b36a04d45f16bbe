import { SearchFilter } from '../../common/pagination/filter.decorators';
import { PageQueryDto } from '../../common/pagination/page-query.dto';

/** Which secrets are listed. */
export class SecretQueryDto extends PageQueryDto {
  @SearchFilter('the name or the description')
  search?: string;
}
