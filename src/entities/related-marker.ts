/** Stands between a relation's name, which holds none, and an id. */
const SEPARATOR = ':';

/** Where a list of related entities goes on: in which relation, and after which id of it; null: from its beginning. */
export interface RelatedMarker {
  readonly relationship: string;
  readonly after: string | null;
}

/** The marker as callers get it; they need not know its form. */
export function formatMarker(relationship: string, after: string | null): string {
  return after === null ? relationship : relationship + SEPARATOR + after;
}

export function readMarker(marker: string): RelatedMarker {
  const at = marker.indexOf(SEPARATOR);
  if (at < 0) return { relationship: marker, after: null };
  return { relationship: marker.slice(0, at), after: marker.slice(at + SEPARATOR.length) };
}
