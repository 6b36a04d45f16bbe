import type { DocumentChange } from './document-diff';

/** More changes than anybody reads. */
export const MAX_CHANGES = 1_000;

/** Of all changes as JSON. Two documents of the largest body fit, so that at least the first change always does. */
export const MAX_CHANGES_BYTES = 4 * 1024 * 1024;

/** The first changes of a list, and how long the list was. */
export interface BoundedChanges {
  readonly changes: readonly DocumentChange[];
  readonly total: number;
}

/** As many of `changes`, from the first, as an answer may hold. */
export function boundChanges(changes: readonly DocumentChange[]): BoundedChanges {
  let bytes = 0;
  const overflow = changes.slice(0, MAX_CHANGES).findIndex((change) => {
    bytes += Buffer.byteLength(JSON.stringify(change));
    return bytes > MAX_CHANGES_BYTES;
  });
  return { changes: changes.slice(0, overflow === -1 ? MAX_CHANGES : overflow), total: changes.length };
}
