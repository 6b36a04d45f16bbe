/**
 * Names on the wire are snake_case, names in TypeScript camelCase; this is the one place that turns one into
 * the other. Names are few and come from our own classes, so each is converted once.
 */
const snakeNames = new Map<string, string>();

/** Bounds the cache should a caller's keys ever reach it. */
const MAX_CACHED_NAMES = 10_000;

/** `latestVersion` → `latest_version`. A name that is snake_case already stays as it is. */
export function toSnakeCase(name: string): string {
  const known = snakeNames.get(name);
  if (known !== undefined) return known;
  const converted = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (snakeNames.size < MAX_CACHED_NAMES) snakeNames.set(name, converted);
  return converted;
}
