import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';

import { IsLabelFilter, LABEL_FILTER_PATTERN } from '../labels/label-filter';
import { IfGiven } from '../validation/if-given.decorator';
import { IsInstant } from '../validation/instant.decorators';
import { IsSearch, MAX_SEARCH_LENGTH } from '../validation/text.decorators';

/** A list's parameter `search`. @param fields what is searched, for the reader of the document */
export function SearchFilter(fields: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      minLength: 1,
      maxLength: MAX_SEARCH_LENGTH,
      description: `Part of ${fields}, in any case`,
    }),
    IfGiven(),
    IsSearch(),
  );
}

/** A list's parameter `label`. */
export function LabelFilter(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      pattern: LABEL_FILTER_PATTERN,
      example: 'team=ops',
      description: 'Only what carries this label: a name with its value, or a name alone for any value',
    }),
    IfGiven(),
    IsLabelFilter(),
  );
}

/** A list's parameters `created_after` and `created_before`. */
export function InstantFilter(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, format: 'date-time', description }),
    IfGiven(),
    IsInstant(),
  );
}
