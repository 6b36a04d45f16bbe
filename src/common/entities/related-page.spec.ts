import { cut, relatedAmong, relatedOne, scannedPage } from './related-page';

const scanned = (marks: string): { id: string; isRelated: boolean }[] =>
  Array.from(marks, (mark, index) => ({ id: String(index), isRelated: mark === 'x' }));

describe('a part of a relation', () => {
  it('to at most one entity is all there is', () => {
    expect(relatedOne('a')).toEqual({ ids: ['a'], next: null });
    expect(relatedOne(null)).toEqual({ ids: [], next: null });
  });

  it('goes on after its last id when one more was read', () => {
    expect(cut(['a', 'b', 'c'], 2)).toEqual({ ids: ['a', 'b'], next: 'b' });
    expect(cut(['a', 'b'], 2)).toEqual({ ids: ['a', 'b'], next: null });
    expect(cut([], 2)).toEqual({ ids: [], next: null });
  });

  it('of a short list begins after the id that is named', () => {
    const all = ['a', 'b', 'c'];
    expect(relatedAmong(all, { after: null, limit: 2 })).toEqual({ ids: ['a', 'b'], next: 'b' });
    expect(relatedAmong(all, { after: 'b', limit: 2 })).toEqual({ ids: ['c'], next: null });
    expect(relatedAmong(all, { after: 'c', limit: 2 })).toEqual({ ids: [], next: null });
  });

  it.each([
    ['ends when there were fewer candidates than may be looked at', '-x-', 4, 9, ['1'], null],
    ['goes on after the last candidate when there may be more', '-x--', 4, 9, ['1'], '3'],
    ['may be empty and yet not the last', '----', 4, 9, [], '3'],
    ['goes on after its last id when it is full', 'xxx-', 4, 2, ['0', '1'], '1'],
    ['is the last when it is just full and nothing follows', 'x-x', 4, 2, ['0', '2'], null],
  ])('that is looked for %s', (_case, marks, scanLimit, limit, ids, next) => {
    expect(scannedPage(scanned(marks), limit, scanLimit)).toEqual({ ids, next });
  });
});
