/** The whole of a decimal number: `Number` alone would also take '', ' 1', '0x1f' and '1e3'. */
const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/**
 * A query parameter's text as the type its DTO declares, strictly; text that is none stays text, for the DTO's
 * rules to refuse it. A repeated parameter arrives as a list and stays one.
 */
export function fromQueryValue(value: unknown, type: unknown): unknown {
  if (type === Array) return Array.isArray(value) ? value : [value];
  if (typeof value !== 'string') return value;
  if (type === Number && DECIMAL.test(value)) return Number(value);
  if (type === Boolean && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
