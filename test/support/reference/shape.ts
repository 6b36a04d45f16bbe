/** Fields that are null as long as there is nothing to tell. */
const MAY_BE_NULL: ReadonlySet<string> = new Set(['last_used_at', 'result']);

/**
 * What of a documented shape a live value lacks, as paths with reasons; empty when it has everything. A shape is a value
 * of the API reference: `"string"` a text, `"integer"` and `0` a whole number, `0.0` a number, `{}` any object, a list a
 * list of such items, of which there must be one to compare. Fields may be added.
 */
export function missingFrom(value: unknown, shape: unknown, path = ''): string[] {
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (value === undefined) return [`${path}: missing`];
  if (value === null && MAY_BE_NULL.has(name)) return [];
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${path}: no list`];
    if (value.length === 0) return [`${path}: nothing to compare`];
    return value.flatMap((item, index) => missingFrom(item, shape[0], `${path}[${index}]`));
  }
  if (typeof shape === 'object' && shape !== null) {
    if (typeof value !== 'object' || value === null) {
      return name === 'result' ? [] : [`${path}: no object`];
    }
    return Object.entries(shape).flatMap(([key, field]) =>
      missingFrom((value as Record<string, unknown>)[key], field, path === '' ? key : `${path}.${key}`),
    );
  }
  const expected = shape === 'integer' ? 'number' : typeof shape;
  return typeof value === expected ? [] : [`${path}: of type ${typeof value}, not ${expected}`];
}
