import { isGreaterVersion, nextVersion, parseVersion } from './semantic-version';

describe('parseVersion', () => {
  it.each([
    ['1.0.0', [1, 0, 0]],
    ['10.20.30', [10, 20, 30]],
    ['0.0.0', [0, 0, 0]],
    ['01.0.0', null],
    ['1.0', null],
    ['1.0.0-beta', null],
    ['v1.0.0', null],
    ['1.0.1234567890', null],
    ['1.0.0\n', null],
  ])('reads %j as %j', (text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });
});

describe('isGreaterVersion', () => {
  it.each([
    ['1.10.0', '1.9.9', true],
    ['2.0.0', '1.99.99', true],
    ['1.0.1', '1.0.0', true],
    ['1.0.0', '1.0.0', false],
    ['1.9.9', '1.10.0', false],
  ])('says of %s against %s: %s', (later, earlier, expected) => {
    expect(isGreaterVersion(later, earlier)).toBe(expected);
  });
});

it('follows a version with the next minor', () => {
  expect(nextVersion('1.2.3')).toBe('1.3.0');
});
