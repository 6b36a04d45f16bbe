import { exceedsDepth } from './exceeds-depth';

it.each<[string, number]>([
  ['1', 0],
  ['[]', 1],
  ['{"a": 1}', 1],
  ['[1, {"a": [null]}]', 3],
  [`${'['.repeat(1_000)}${']'.repeat(1_000)}`, 1_000],
])('%.20j has its depth and no more', (json, depth) => {
  const value: unknown = JSON.parse(json);
  expect(exceedsDepth(value, depth)).toBe(false);
  if (depth > 0) expect(exceedsDepth(value, depth - 1)).toBe(true);
});

it('looks at nothing below the limit, however deep that is', () => {
  expect(exceedsDepth(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)), 1_000)).toBe(true);
});
