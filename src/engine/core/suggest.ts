/** Names that a message lists before it stops. */
const MAX_LISTED = 10;

/**
 * The end of a message about an unknown name: the likely name, or what is allowed.
 *
 * @returns `; did you mean "orders"?`, or `; allowed: a, b`, or nothing when there are no names
 */
export function suggest(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== null) return `; did you mean "${nearest}"?`;
  if (known.length === 0) return '';
  const more = known.length > MAX_LISTED ? `, … (${known.length} in all)` : '';
  return `; allowed: ${known.slice(0, MAX_LISTED).join(', ')}${more}`;
}

/** The known name that a typing error away from `name`, if one is near enough. */
function nearestName(name: string, known: readonly string[]): string | null {
  const allowed = Math.floor((name.length + 1) / 3);
  let nearest: { name: string; distance: number } | null = null;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > allowed) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= allowed && (nearest === null || distance < nearest.distance)) {
      nearest = { name: candidate, distance };
    }
  }
  return nearest?.name ?? null;
}

/** Levenshtein's distance, row by row (https://en.wikipedia.org/wiki/Levenshtein_distance). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
