import { isNodeNewEnough } from './node-version';

it.each([
  ['24.0.0', '>=24', true],
  ['24.21.0', '>=24', true],
  ['25.1.0', '>=24', true],
  ['20.20.2', '>=24', false],
  ['9.11.2', '>=24', false],
  ['24.1.0', '>=24.2', false],
  ['24.2.0', '>=24.2', true],
  ['24.2.1', '>=24.2.3', false],
])('of Node %s and %s, says %s', (version, range, expected) => {
  expect(isNodeNewEnough(version, range)).toBe(expected);
});
