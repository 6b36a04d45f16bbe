import { ValidateIf } from 'class-validator';

/**
 * Marks a field that may be left out. Unlike class-validator's `IsOptional` it does not let null in, which no
 * handler expects: `{"name": null}` is refused as any other wrong value.
 */
export function IfGiven(): PropertyDecorator {
  return ValidateIf((_dto, value) => value !== undefined);
}
