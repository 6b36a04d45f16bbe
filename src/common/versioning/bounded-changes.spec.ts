import { boundChanges, MAX_CHANGES, MAX_CHANGES_BYTES } from './bounded-changes';
import type { DocumentChange } from './document-diff';

function changes(count: number, after: string): DocumentChange[] {
  return Array.from({ length: count }, (_, place) => ({ path: `a[${place}]`, op: 'added', after }));
}

describe('boundChanges', () => {
  it('leaves what fits as it is', () => {
    const few = changes(3, 'x');
    expect(boundChanges(few)).toEqual({ changes: few, total: 3 });
  });

  it('keeps the first thousand, and says how many there were', () => {
    const many = changes(MAX_CHANGES + 5, 'x');
    expect(boundChanges(many)).toEqual({ changes: many.slice(0, MAX_CHANGES), total: MAX_CHANGES + 5 });
  });

  it('keeps no more than an answer may weigh', () => {
    const third = 'x'.repeat(MAX_CHANGES_BYTES / 3);
    const { changes: kept, total } = boundChanges(changes(10, third));
    expect([kept.length, total]).toEqual([2, 10]);
  });
});
