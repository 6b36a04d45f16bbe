/** A name for a secret from what it is for: `my server`, `x-api-key` → `MY_SERVER_X_API_KEY`. */
export function secretName(...parts: readonly string[]): string {
  const name = parts
    .map((part) => part.toUpperCase().replace(/[^A-Z0-9]+/g, '_'))
    .join('_')
    .replace(/_+/g, '_')
    .replace(/^_|_$/g, '');
  return (/^[0-9]/.test(name) || name === '' ? `_${name}` : name).slice(0, 128);
}
