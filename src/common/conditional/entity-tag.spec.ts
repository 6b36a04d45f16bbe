import { entityTagOf, namesTag, revisionOfTag } from './entity-tag';

describe('an entity tag', () => {
  it('tells the revision, where there is one, and whether anything else differs', () => {
    expect(entityTagOf(7, '{"a":1}')).toMatch(/^7\.[\w-]{16}$/);
    expect(entityTagOf(undefined, '{"a":1}')).toMatch(/^[\w-]{16}$/);
    expect(entityTagOf(7, '{"a":1}')).toBe(entityTagOf(7, '{"a":1}'));
    const tags = [
      entityTagOf(7, '{"a":1}'),
      entityTagOf(7, '{"a":2}'),
      entityTagOf(8, '{"a":1}'),
      entityTagOf(undefined, '{"a":1}'),
    ];
    expect(new Set(tags).size).toBe(tags.length);
  });

  it.each([
    [entityTagOf(7, 'x'), 7],
    [entityTagOf(2_147_483_647, 'x'), 2_147_483_647],
    [entityTagOf(undefined, 'x'), null],
    ['7', null],
    ['7.short', null],
    [`-7.${'x'.repeat(16)}`, null],
    [`7e1.${'x'.repeat(16)}`, null],
    [`7.${'x'.repeat(17)}`, null],
    ['', null],
  ])('of %j is of revision %j', (tag, revision) => {
    expect(revisionOfTag(tag)).toBe(revision);
  });
});

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['*', true],
    [' * ', true],
    ['"7.abc"', true],
    ['W/"7.abc"', true],
    ['"other", "7.abc"', true],
    ['"other",W/"7.abc",', true],
    ['"other"', false],
    ['"7"', false],
    ['""', false],
    // No entity tags: as if nothing were sent.
    ['7.abc', false],
    ['*, "7.abc"', false],
    ['"7.abc" "7.abc"', false],
    ['"7.abc', false],
    ['', false],
  ])('of %j names "7.abc": %j', (header, isNamed) => {
    expect(namesTag(header, '7.abc')).toBe(isNamed);
  });
});
