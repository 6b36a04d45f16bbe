import type { RelatedPage, RelatedQuery } from './entity-source';

/** The whole of a relation to at most one entity. */
export function relatedOne(id: string | null | undefined): RelatedPage {
  return { ids: id === null || id === undefined ? [] : [id], next: null };
}

/** A part of a relation that was read as a whole: for those that are short by their nature. */
export function relatedAmong(all: readonly string[], { after, limit }: RelatedQuery): RelatedPage {
  const start = after === null ? 0 : all.indexOf(after) + 1;
  return cut(all.slice(start), limit);
}

/** A part of a relation of which one more id than `limit` was read: whether it is there tells whether more follows. */
export function cut(ids: readonly string[], limit: number): RelatedPage {
  const page = ids.slice(0, limit);
  return { ids: page, next: ids.length > limit ? (page.at(-1) ?? null) : null };
}

/** A candidate that was looked at, in the relation's order. */
export interface Scanned {
  readonly id: string;
  readonly isRelated: boolean;
}

/**
 * How many candidates of a relation without an index are looked at in one go: some milliseconds' worth of rows, so
 * that no single question costs more.
 */
export const SCAN_LIMIT = 2_000;

/** A part of a relation without an index: the candidates are {@link SCAN_LIMIT}, or all that are left. */
export function scannedPage(scanned: readonly Scanned[], limit: number, scanLimit = SCAN_LIMIT): RelatedPage {
  const ids: string[] = [];
  for (const { id, isRelated } of scanned) {
    if (!isRelated) continue;
    if (ids.length === limit) return { ids, next: ids.at(-1) ?? null };
    ids.push(id);
  }
  return { ids, next: scanned.length < scanLimit ? null : (scanned.at(-1)?.id ?? null) };
}
