import fc from 'fast-check';

import { builtin, call, Drive, planOf } from '../../../test/support/run-drive';
import { isLargerThan, MAX_COMPUTED_SIZE } from './computed-size';
import type { JsonValue } from './json';

const MEGABYTE = 'x'.repeat(1_000_000);
/** More than is allowed, from one text in memory. */
const TOO_MUCH: JsonValue = Array<string>(Math.ceil(MAX_COMPUTED_SIZE / MEGABYTE.length)).fill(MEGABYTE);

describe('isLargerThan', () => {
  it.each<[value: JsonValue, characters: number]>([
    [null, 1],
    ['', 2],
    ['abc', 5],
    [[], 1],
    [['a', 'b'], '["a","b"]'.length],
    [{ a: 'b', cd: ['e'] }, '{"a":"b","cd":["e"]}'.length - 1],
  ])('counts in %j %d characters', (value, characters) => {
    expect(isLargerThan(value, characters - 1)).toBe(true);
    expect(isLargerThan(value, characters)).toBe(false);
  });

  it('never counts more than there are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(isLargerThan(value as JsonValue, JSON.stringify(value).length)).toBe(false);
      }),
    );
  });

  it('tells it of what no text could hold, and of what is nested deeper than calls can be', () => {
    let deep: JsonValue = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect([isLargerThan(deep, 200_000), isLargerThan(deep, 300_000)]).toEqual([true, false]);
    // Each level holds the one below it a hundred times: 10 to the power of 18 texts.
    let wide: JsonValue = 'x';
    for (let level = 0; level < 9; level++) wide = Array<JsonValue>(100).fill(wide);
    expect(isLargerThan(wide, MAX_COMPUTED_SIZE)).toBe(true);
  });
});

describe('what a run computes from its outputs', () => {
  const all = { text: MEGABYTE, list: TOO_MUCH };
  const code = 'EXPRESSION_TOO_COSTLY';
  const message = `gives more than the ${MAX_COMPUTED_SIZE} characters of JSON that are allowed`;

  it('is refused as inputs that refer to an output too often, before they are written down', () => {
    const often = Array<string>(100).fill('${{ params.text }}');
    const run = new Drive(
      planOf([builtin('a', 'set', often, { on_error: 'continue' }), call('b', { inputs: often })]),
      [],
      all,
    );
    expect(run.advance()).toMatchObject([
      { type: 'fail', stepId: 'a', error: { code, message: `inputs: ${message}` } },
      { type: 'fail', stepId: 'b', error: { code, message: `inputs: ${message}` } },
      { type: 'end', status: 'failed' },
    ]);
  });

  it('is refused as items and as a result', () => {
    const items = new Drive(planOf([call('a', { for_each: { items: 'params.list' } })]), [], all);
    expect(items.advance()[0]).toMatchObject({
      type: 'fail',
      stepId: 'a',
      error: { code, message: `for_each.items: ${message}` },
    });
    const result = new Drive(planOf([builtin('a', 'set', 1)], { result: ['${{ params.list }}'] }), [], all);
    expect(result.advance()).toMatchObject([
      { type: 'succeed' },
      { type: 'end', status: 'failed', error: { code, message: `result: ${message}` } },
    ]);
  });

  it('is taken where it refers to all that a run may hold', () => {
    const text = 'x'.repeat(MAX_COMPUTED_SIZE - 2);
    const run = new Drive(planOf([call('a', { inputs: '${{ params.text }}' })]), [], { text });
    expect(run.words()).toEqual(['start a']);
  });
});
