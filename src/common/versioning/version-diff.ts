import { boundChanges, type BoundedChanges } from './bounded-changes';
import type { VersionRecord } from './definition-records';
import { diffDocuments, type KeyedLists } from './document-diff';

/** What leads from one version of a definition to another. */
export interface VersionDiff extends BoundedChanges {
  /** `MAJOR.MINOR.PATCH`, as is `to`. */
  readonly from: string;
  readonly to: string;
}

/** Compares the documents of two versions. */
export function diffVersions(
  { from, to }: { readonly from: VersionRecord; readonly to: VersionRecord },
  keyedLists?: KeyedLists,
): VersionDiff {
  const changes = diffDocuments(from.document, to.document, keyedLists);
  return { from: from.version, to: to.version, ...boundChanges(changes) };
}
