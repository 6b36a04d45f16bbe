/**
 * Things in one answer to a list. High, because some clients ask for the first page only; a hundred thousand tools in
 * one message would still be no service to anybody.
 */
export const PAGE_SIZE = 1000;

/** One page of a list, and the cursor of the next; null when `cursor` is none that we gave. */
export function pageOf<Thing>(
  things: readonly Thing[],
  cursor: string | undefined,
): { readonly items: readonly Thing[]; readonly nextCursor?: string } | null {
  const start = cursor === undefined ? 0 : readCursor(cursor);
  if (start === null || (start >= things.length && start > 0)) return null;
  const end = start + PAGE_SIZE;
  const items = things.slice(start, end);
  return end < things.length ? { items, nextCursor: String(end) } : { items };
}

function readCursor(cursor: string): number | null {
  const start = /^[1-9]\d{0,6}$/.test(cursor) ? Number(cursor) : NaN;
  return start % PAGE_SIZE === 0 ? start : null;
}
