import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../engine/core/json';
import { diffDocuments } from './document-diff';

const steps = { steps: 'id' };

function step(id: string, more: JsonObject = {}): JsonObject {
  return { id, uses: { builtin: 'set' }, ...more };
}

describe('diffDocuments', () => {
  it('names what was added, removed and changed, with both values', () => {
    const before = { url: 'a', old: null, headers: { 'x-trace': '1' }, args: ['x', 'y'] };
    const after = { url: 'b', fresh: null, headers: { 'x-trace': '2' }, args: ['x'] };
    expect(diffDocuments(before, after)).toEqual([
      { path: 'url', op: 'changed', before: 'a', after: 'b' },
      { path: 'old', op: 'removed', before: null },
      { path: 'headers["x-trace"]', op: 'changed', before: '1', after: '2' },
      { path: 'args[1]', op: 'removed', before: 'y' },
      { path: 'fresh', op: 'added', after: null },
    ]);
  });

  it('gives a value that changed its kind as a whole', () => {
    expect(diffDocuments({ a: [] }, { a: {} })).toEqual([
      { path: 'a', op: 'changed', before: [], after: {} },
    ]);
    expect(diffDocuments({ a: { b: 1 } }, { a: null })).toEqual([
      { path: 'a', op: 'changed', before: { b: 1 }, after: null },
    ]);
  });

  it('compares steps by their ids, so that one put in front is one change', () => {
    const before = { steps: [step('a'), step('b', { timeout_seconds: 1 })] };
    const after = { steps: [step('new'), step('a'), step('b', { timeout_seconds: 2 })] };
    expect(diffDocuments(before, after, steps)).toEqual([
      { path: 'steps.b.timeout_seconds', op: 'changed', before: 1, after: 2 },
      { path: 'steps.new', op: 'added', after: step('new') },
    ]);
  });

  it('tells when steps that stay stand in another order', () => {
    const before = { steps: [step('a'), step('b'), step('gone')] };
    const after = { steps: [step('b'), step('a')] };
    expect(diffDocuments(before, after, steps)).toEqual([
      { path: 'steps.gone', op: 'removed', before: step('gone') },
      { path: 'steps', op: 'reordered', before: ['a', 'b', 'gone'], after: ['b', 'a'] },
    ]);
  });

  it('gives a list that only one of the two has as it stands there', () => {
    const list = [step('a')];
    expect(diffDocuments({}, { steps: list }, steps)).toEqual([{ path: 'steps', op: 'added', after: list }]);
  });

  it('compares by place where ids are no names of their own', () => {
    const before = { steps: [step('a', { n: 1 }), step('a')] };
    const after = { steps: [step('a', { n: 2 }), step('a')] };
    expect(diffDocuments(before, after, steps)).toEqual([
      { path: 'steps[0].n', op: 'changed', before: 1, after: 2 },
    ]);
  });

  it('takes keys that every object inherits for keys like any other', () => {
    const before = JSON.parse('{"constructor": 1, "__proto__": {"a": 1}, "toString": 2}') as JsonObject;
    expect(diffDocuments(before, {})).toEqual([
      { path: 'constructor', op: 'removed', before: 1 },
      { path: '__proto__', op: 'removed', before: { a: 1 } },
      { path: 'toString', op: 'removed', before: 2 },
    ]);
    expect(diffDocuments({}, before)).toHaveLength(3);
  });

  it('finds nothing exactly where two documents say the same, and the mirror image the other way round', () => {
    const json = fc.jsonValue({ maxDepth: 3, noUnicodeString: false }).map(withoutNegativeZero);
    const document = fc.dictionary(fc.string({ maxLength: 3 }), json).map((entries) => ({ ...entries }));
    fc.assert(
      fc.property(document, document, (before, after) => {
        const there = diffDocuments(before, after);
        const back = diffDocuments(after, before);
        expect(there.length === 0).toBe(isDeepStrictEqual(before, after));
        expect(back.map(({ path }) => path).sort()).toEqual(there.map(({ path }) => path).sort());
      }),
    );
  });
});

/** JSON has one zero as far as documents go. */
function withoutNegativeZero(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
