import { admits, matchesPattern } from './name-rules';
import { expectBounded } from '../../../test/support/expect-bounded';

it.each<[string, string, boolean]>([
  ['a', 'a', true],
  ['a', 'ab', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['github__*', 'github__search', true],
  ['github__*', 'gitlab__search', false],
  ['*__delete_*', 'github__delete_repo', true],
  ['*__delete_*', 'github__undelete_repo', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*b*b', 'ab', false],
  ['*b*b', 'abab', true],
  ['a.c', 'abc', false],
])('the pattern %s and the name %s: %s', (pattern, name, matches) => {
  expect(matchesPattern(pattern, name)).toBe(matches);
});

it.each<[string, string[], string[], boolean]>([
  ['everything without rules', [], [], true],
  ['what is allowed', ['a*'], [], true],
  ['nothing else than what is allowed', ['b*'], [], false],
  ['nothing that is denied', [], ['*b'], false],
  ['nothing that is allowed and denied', ['a*'], ['*b'], false],
])('the rules let in %s', (_case, allow, deny, isIn) => {
  expect(admits({ allow, deny }, 'ab')).toBe(isIn);
});

it('is not held up by patterns that would hang a backtracking matcher', () => {
  expect(expectBounded(() => matchesPattern(`${'*a'.repeat(60)}*b`, 'a'.repeat(64)))).toBe(false);
});
