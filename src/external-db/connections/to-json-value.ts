import type { JsonValue } from '../../engine/core/json';

/** A number without a fraction and an exponent. */
const WHOLE = /^-?\d+$/;

/**
 * A database's value as JSON, without loss: whole numbers beyond 2^53 and numbers that JSON lacks become text, bytes
 * become base64. Times reach here as the text that the database writes.
 */
export function toJsonValue(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return toExactNumber(value.toString());
    case 'object':
      return objectToJson(value);
    default:
      return null;
  }
}

/** The decimal digits of a whole number, as a number when that is exact. */
export function toExactNumber(digits: string): number | string {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : digits;
}

/** TypeScript does not know yet that a reviver is told how a number is written. */
const parseJson = JSON.parse as (
  text: string,
  revive: (name: string, value: JsonValue, written: { readonly source?: string }) => JsonValue,
) => JsonValue;

/** JSON whose whole numbers beyond 2^53, and numbers beyond a double's range, become text as they do in a column. */
export function parseExactJson(text: string): JsonValue {
  return parseJson(text, (_name, value, { source = '' }) => {
    if (typeof value !== 'number') return value;
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return WHOLE.test(source) ? source : value;
    return Number.isFinite(value) ? value : source;
  });
}

function objectToJson(value: object): JsonValue {
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map(toJsonValue);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toJsonValue(field)]));
}
