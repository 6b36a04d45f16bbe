import { toSnakeCase } from './case';
import { Json } from './json';

/**
 * A response as it goes out: keys in snake_case at every depth, times as ISO 8601 UTC with milliseconds, documents
 * in {@link Json} untouched. `undefined` fields are left out. Anything that is not plain data stays as it is.
 */
export function toWire(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Json) return value.value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toWire);

  const wire: Record<string, unknown> = {};
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    const field = fields[name];
    if (field !== undefined) wire[toSnakeCase(name)] = toWire(field);
  }
  return wire;
}
