import { AppError } from '../errors/app-error';
import { invalidRequest } from '../errors/invalid-request';
import { readEntityTags, revisionOfTag } from './entity-tag';

/** The revisions of a resource that its caller has seen, one of which a change must start from; null: any. */
export type ExpectedRevisions = ReadonlySet<number> | null;

/**
 * What an `If-Match` asks for (RFC 9110, 13.1.1). Weak tags, and those that this program never made, match nothing.
 *
 * @throws AppError INVALID_REQUEST when it is neither `*` nor a list of entity tags
 */
export function readIfMatch(header: string | undefined): ExpectedRevisions {
  if (header === undefined) return null;
  const tags = readEntityTags(header);
  if (tags === '*') return null;
  if (tags === null) {
    throw invalidRequest([
      { path: 'If-Match', message: 'must be * or entity tags, as in "7.Xk3v9aQ2mB4nR8sT"' },
    ]);
  }
  const revisions = tags.map(({ opaque, isWeak }) => (isWeak ? null : revisionOfTag(opaque)));
  return new Set(revisions.filter((revision) => revision !== null));
}

/**
 * To be called while nobody else can change the resource: under the lock of its row.
 *
 * @throws AppError PRECONDITION_FAILED when the resource has another revision than its caller has seen
 */
export function assertExpected(expected: ExpectedRevisions, revision: number): void {
  if (expected === null || expected.has(revision)) return;
  throw new AppError(
    'PRECONDITION_FAILED',
    `If-Match: somebody has changed it since, it is at revision ${revision}: get it again and decide anew`,
    { details: { revision } },
  );
}
