import 'reflect-metadata';

const REST_FIELDS = Symbol('rest-fields');

/**
 * Marks the property of a DTO that takes all fields of the body which the DTO does not name, with their names as
 * sent: for a body whose remainder is a document of its own, checked by its own rules.
 */
export function RestFields(): PropertyDecorator {
  return (target, property) => {
    Reflect.defineMetadata(REST_FIELDS, property, target);
  };
}

/** The property of `dto` marked by {@link RestFields}, if any. */
export function restFieldsOf(dto: { prototype: object }): string | undefined {
  return Reflect.getMetadata(REST_FIELDS, dto.prototype) as string | undefined;
}
