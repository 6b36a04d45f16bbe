import { getMetadataStorage } from 'class-validator';

import { toSnakeCase } from './case';
import { restFieldsOf } from './rest-fields.decorator';

/** A class whose instances are checked bodies or queries. */
export type DtoClass<Dto extends object = object> = new () => Dto;

/** One field that a DTO takes. */
export interface DtoField {
  /** Its name in TypeScript. */
  readonly property: string;
  /** Its declared class (`Number`, `Boolean`, `String`, `Array`, `Object` …). */
  readonly type: unknown;
}

/** What a DTO class takes, by the names on the wire. */
export interface DtoFields {
  readonly byWireName: ReadonlyMap<string, DtoField>;
  /** The property for all other fields; see `RestFields`. */
  readonly rest: string | undefined;
}

const known = new WeakMap<DtoClass, DtoFields>();

/** Reads a DTO's fields from its class-validator decorators: a property without one does not exist for callers. */
export function fieldsOf(dto: DtoClass): DtoFields {
  let fields = known.get(dto);
  if (fields === undefined) {
    fields = readFields(dto);
    known.set(dto, fields);
  }
  return fields;
}

function readFields(dto: DtoClass): DtoFields {
  const rest = restFieldsOf(dto);
  const byWireName = new Map<string, DtoField>();
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  for (const { propertyName } of rules) {
    if (propertyName === rest) continue;
    const type: unknown = Reflect.getMetadata('design:type', dto.prototype as object, propertyName);
    byWireName.set(toSnakeCase(propertyName), { property: propertyName, type });
  }
  return { byWireName, rest };
}
