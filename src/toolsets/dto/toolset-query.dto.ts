import { SearchFilter } from '../../common/pagination/filter.decorators';
import { PageQueryDto } from '../../common/pagination/page-query.dto';

/** Which toolsets are listed. */
export class ToolsetQueryDto extends PageQueryDto {
  @SearchFilter('the name or the description')
  search?: string;
}
