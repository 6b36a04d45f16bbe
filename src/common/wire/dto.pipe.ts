import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';

import { invalidRequest } from '../errors/invalid-request';
import { checkBody, checkQuery } from './check-dto';
import type { DtoClass } from './dto-fields';

/** Declared types of parameters that are no DTOs: their handlers take them as they come. */
const PLAIN_TYPES: readonly (Type | undefined)[] = [undefined, String, Number, Boolean, Array, Object];

/** The global pipe: a handler that declares a DTO for its body or query gets one, or the caller gets 400. */
@Injectable()
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || PLAIN_TYPES.includes(metatype)) return value;
    const dto = metatype as DtoClass;
    const checked =
      type === 'body' ? checkBody(dto, value) : checkQuery(dto, value as Readonly<Record<string, unknown>>);
    if (!checked.ok) throw invalidRequest(checked.error);
    return checked.value;
  }
}
