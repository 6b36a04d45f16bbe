import { type Pair, splitPair, toParameters } from './run-parameters';

const SCHEMA = { type: 'object', properties: { zip: { type: 'string' }, count: { type: 'number' } } };

it.each([
  ['count=3', { count: 3 }],
  ['zip=01234', { zip: '01234' }],
  ['zip=12', { zip: '12' }],
  ['other=12', { other: 12 }],
  ['list=["a", 1]', { list: ['a', 1] }],
  ['flag=true', { flag: true }],
  ['day=2026-01-31', { day: '2026-01-31' }],
  ['sum=a=b', { sum: 'a=b' }],
  ['empty=', { empty: '' }],
])('reads %s', (text, expected) => {
  expect(toParameters([splitPair(text) ?? ['', '']], SCHEMA)).toEqual(expected);
});

it('takes the last of several values, and needs no schema', () => {
  const pairs: Pair[] = [
    ['a', '1'],
    ['a', '2'],
  ];
  expect(toParameters(pairs, null)).toEqual({ a: 2 });
});

it.each(['a', '=1', ''])('takes "%s" for no pair', (text) => {
  expect(splitPair(text)).toBeNull();
});
