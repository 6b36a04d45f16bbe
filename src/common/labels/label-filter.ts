import { applyDecorators } from '@nestjs/common';
import { IsString, Matches } from 'class-validator';

/** A label to look for: the name, and the value unless any will do. */
export interface WantedLabel {
  readonly name: string;
  readonly value: string | null;
}

/** `\p{Cc}` spelled out: readers of the OpenAPI document, Swagger UI among them, compile patterns without the flag `u`. */
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f';

/** A label's name, and its value if any; control characters are in neither. Also for the OpenAPI document. */
export const LABEL_FILTER_PATTERN = `^[^=${CONTROL}]+(=[^${CONTROL}]*)?$`;

/** Refuses a parameter that is neither `name=value` nor `name`. */
export function IsLabelFilter(): PropertyDecorator {
  return applyDecorators(
    IsString({ message: 'must be given once' }),
    Matches(new RegExp(LABEL_FILTER_PATTERN, 'u'), {
      message: 'must be a name and a value, as in team=ops, or a name alone',
    }),
  );
}

/** `team=ops` or `team`, taken apart at the first `=`. */
export function readLabelFilter(text: string): WantedLabel {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: null } : { name: text.slice(0, at), value: text.slice(at + 1) };
}
