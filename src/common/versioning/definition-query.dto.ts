import { InstantFilter, LabelFilter, SearchFilter } from '../pagination/filter.decorators';
import { PageQueryDto } from '../pagination/page-query.dto';

/** Which definitions are listed, of whatever kind. */
export class DefinitionQueryDto extends PageQueryDto {
  @SearchFilter('the name or the description')
  search?: string;

  @LabelFilter()
  label?: string;

  @InstantFilter('Only what was created after this time')
  createdAfter?: string;

  @InstantFilter('Only what was created before this time')
  createdBefore?: string;
}
