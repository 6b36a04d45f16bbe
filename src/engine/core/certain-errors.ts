import type { ErrorObject } from 'ajv/dist/2020';

import { isJsonObject } from './json';
import type { JsonValue } from './json';
import { isConstantTemplate, mayBeAny } from './template-scanner';

/** What these say depends on the value itself and the names of its members, not on what the members are. */
const SHALLOW = new Set([
  'additionalProperties',
  'dependentRequired',
  'maxItems',
  'maxProperties',
  'minItems',
  'minProperties',
  'propertyNames',
  'required',
  'type',
]);

/** A schema below one of these holds only if another does, or does not. */
const CONDITIONS = new Set(['anyOf', 'contains', 'if', 'oneOf']);

/**
 * The errors of a document that hold whatever its `${{ expressions }}` give. An error that stands under a condition, or
 * that is about a value as a whole, is certain only where there is no expression in what was looked at.
 */
export function certainErrors(errors: readonly ErrorObject[], document: JsonValue): ErrorObject[] {
  const conditions = errors.filter(({ keyword }) => CONDITIONS.has(keyword));
  return errors.filter((error) => {
    const value = valueAt(document, error.instancePath);
    const isFixed = SHALLOW.has(error.keyword) ? !mayBeAny(value) : isConstantTemplate(value);
    return isFixed && !conditions.some((condition) => isOpen(condition, error, document));
  });
}

function isOpen({ instancePath }: ErrorObject, error: ErrorObject, document: JsonValue): boolean {
  if (error.instancePath !== instancePath && !error.instancePath.startsWith(`${instancePath}/`)) return false;
  return !isConstantTemplate(valueAt(document, instancePath));
}

/** The value that a JSON pointer of Ajv names; it is there, for Ajv has seen it. */
function valueAt(document: JsonValue, pointer: string): JsonValue {
  let value: JsonValue = document;
  // RFC 6901: "~1" is "/", "~0" is "~".
  for (const escaped of pointer.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(key)] ?? null;
    else if (isJsonObject(value)) value = value[key] ?? null;
  }
  return value;
}
