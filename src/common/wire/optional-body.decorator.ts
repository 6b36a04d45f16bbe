import 'reflect-metadata';

const OPTIONAL_BODY = Symbol('optional-body');

/**
 * Marks a DTO whose every field may be left out, so that the body may be as well. For commands (`rotate`, `rerun`); where a
 * body is the thing itself, as of an update, leaving it out is a mistake that the caller must hear of. The handler says
 * the same to OpenAPI by `@ApiBody({ type, required: false })`.
 */
export function OptionalBody(): ClassDecorator {
  return (dto) => {
    Reflect.defineMetadata(OPTIONAL_BODY, true, dto);
  };
}

/** Whether `dto` is marked by {@link OptionalBody}. */
export function mayBeLeftOut(dto: object): boolean {
  return Reflect.getMetadata(OPTIONAL_BODY, dto) === true;
}
