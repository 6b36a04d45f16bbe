import {
  apiKeyPrefix,
  checkCharacters,
  generateApiKey,
  hashApiKey,
  isWellFormedApiKey,
} from './api-key-format';

describe('checkCharacters', () => {
  // CRC-32 values: '' is 0; '123456789' is 0xcbf43926, the check value of CRC-32/ISO-HDLC in the CRC catalogue.
  it.each([
    ['', '000000'],
    ['123456789', '3jZRME'],
    ['0'.repeat(26), '3vSKjy'],
  ])('gives for %j: %s', (text, expected) => {
    expect(checkCharacters(text)).toBe(expected);
  });
});

describe('isWellFormedApiKey', () => {
  const key = 'mcp_' + 'A'.repeat(26) + checkCharacters('A'.repeat(26));

  it('takes every generated key', () => {
    for (let round = 0; round < 1000; round++) expect(isWellFormedApiKey(generateApiKey())).toBe(true);
  });

  it.each([
    ['a wrong check character', key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')],
    ['a wrong random character', key.replace('AAAA', 'AABA')],
    ['another mark', key.replace('mcp_', 'mcp-')],
    ['one character less', key.slice(0, -1)],
    ['one character more', `${key}0`],
    ['a blank around it', ` ${key}`],
    ['a line break after it', `${key}\n`],
    ['a character outside the alphabet', key.replace('AAAA', 'AA-A')],
    ['nothing', ''],
  ])('refuses a key with %s', (_case, text) => {
    expect(isWellFormedApiKey(text)).toBe(false);
  });
});

it('never generates the same key twice', () => {
  expect(new Set(Array.from({ length: 1000 }, generateApiKey)).size).toBe(1000);
});

it('hashes with SHA-256', () => {
  expect(hashApiKey('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

it('shows the first 8 characters', () => {
  expect(apiKeyPrefix('mcp_0123456789')).toBe('mcp_0123');
});
