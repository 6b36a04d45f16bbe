import { expectBounded } from '../../../test/support/expect-bounded';
import { entityTagOf } from './entity-tag';
import { assertExpected, readIfMatch } from './expected-revisions';

const [seven, eight] = [`"${entityTagOf(7, 'a')}"`, `"${entityTagOf(8, 'b')}"`];

describe('readIfMatch', () => {
  it.each<[header: string | undefined, expected: number[] | null]>([
    [undefined, null],
    ['*', null],
    [' * ', null],
    [seven, [7]],
    [`${seven}, ${eight}`, [7, 8]],
    [`${seven},${eight}`, [7, 8]],
    [`,\t${seven} ,, ${eight},`, [7, 8]],
    // Weak tags never match.
    [`W/${seven}`, []],
    [`W/${seven}, ${eight}`, [8]],
    // Tags of somebody else: any text without a quote, commas too.
    ['"7"', []],
    ['""', []],
    ['"*"', []],
    ['"a,b", "c"', []],
    [`"a,b", ${seven}`, [7]],
    ['"\x80\xff"', []],
  ])('%j asks for %j', (header, expected) => {
    const read = readIfMatch(header);
    expect(read === null ? null : [...read]).toEqual(expected);
  });

  it.each([
    '',
    ' ',
    ',',
    '7',
    seven.slice(0, -1),
    seven.slice(1),
    `${seven} ${eight}`,
    `${seven}${eight}`,
    `w/${seven}`,
    `W/ ${seven}`,
    `*, ${seven}`,
    `${seven}, *`,
    "'7'",
    '"a\tb"',
    '"a b"',
    `${seven}, x`,
  ])('refuses %j', (header) => {
    expect(() => readIfMatch(header)).toThrow(/^If-Match: must be \* or entity tags/);
  });

  it('reads what is long in no more than linear time', () => {
    for (const piece of ['"', ',', ' ', 'W/', '""', 'W/"', '"a",']) {
      const header = piece.repeat(200_000);
      expectBounded(() => {
        try {
          readIfMatch(header);
        } catch {
          // Refused is fine too.
        }
      });
    }
  });
});

describe('assertExpected', () => {
  it.each<[expected: number[] | null, revision: number, isLetThrough: boolean]>([
    [null, 1, true],
    [[1], 1, true],
    [[1], 2, false],
    [[2], 1, false],
    [[1, 3], 3, true],
    [[1, 3], 2, false],
    [[], 1, false],
  ])('of %j, with %j in the database: %j', (expected, revision, isLetThrough) => {
    const assert = (): void => {
      assertExpected(expected === null ? null : new Set(expected), revision);
    };
    if (isLetThrough) expect(assert).not.toThrow();
    else
      expect(assert).toThrow(
        expect.objectContaining({ code: 'PRECONDITION_FAILED', details: { revision } }) as Error,
      );
  });
});
