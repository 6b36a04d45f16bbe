/** The fields of an answer. */
interface HeaderFields {
  get(name: string): string | null;
}

/**
 * How long an answer asks to wait before the next request, in milliseconds; null when it does not say: the header
 * `retry-after-ms` (OpenAI, Azure), or `retry-after` in seconds or as a date (RFC 9110, 10.2.3).
 */
export function retryAfterMs(headers: HeaderFields, now: number): number | null {
  const ms = readAmount(headers.get('retry-after-ms'), 1);
  if (ms !== null) return ms;
  const value = headers.get('retry-after');
  const seconds = readAmount(value, 1_000);
  if (seconds !== null || value === null) return seconds;
  // Only an HTTP date: Date.parse takes much else for one, "-5" too.
  const date = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? null : Math.max(date - now, 0);
}

/** A number without sign, times `unit`; null when `text` is none. */
export function readAmount(text: string | null, unit: number): number | null {
  return text !== null && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) * unit : null;
}
