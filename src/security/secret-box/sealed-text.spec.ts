import { createSecretKey, randomBytes } from 'node:crypto';

import { keyIdOf, type NamedKey, seal, type SealedPlace, unseal } from './sealed-text';

const key: NamedKey = { id: 'k1', key: createSecretKey(randomBytes(32)) };
const place: SealedPlace = { table: 'configs', row: 'r1', column: 'password' };

/** The text with its part at `index` (version, key id, iv, ciphertext, tag) replaced. */
function withPart(text: string, index: number, change: (part: string) => string): string {
  return text
    .split('.')
    .map((part, at) => (at === index ? change(part) : part))
    .join('.');
}

function flipBit(part: string): string {
  const bytes = Buffer.from(part, 'base64url');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64url');
}

function shortenTo(length: number): (part: string) => string {
  return (part) => Buffer.from(part, 'base64url').subarray(0, length).toString('base64url');
}

describe('a sealed text', () => {
  const secret = Buffer.from('hunter2 – ключ');
  const sealed = seal(secret, key, place);

  it('opens at its place with its key', () => {
    expect(unseal(sealed, key, place)).toEqual(secret);
    expect(unseal(seal(Buffer.alloc(0), key, place), key, place)).toEqual(Buffer.alloc(0));
  });

  it('says its form and its key, and nothing of the secret', () => {
    expect(sealed).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/);
    expect(keyIdOf(sealed)).toBe('k1');
    expect(sealed).not.toContain(secret.toString('base64url'));
  });

  it('is another one each time', () => {
    const texts = Array.from({ length: 100 }, () => seal(secret, key, place));
    expect(new Set(texts.map((text) => text.split('.')[2])).size).toBe(100);
  });

  it.each<[string, SealedPlace]>([
    ['row', { ...place, row: 'r2' }],
    ['column', { ...place, column: 'token' }],
    ['table', { ...place, table: 'others' }],
    ['place that only reads the same when joined', { table: 'configs', row: 'r1","password', column: '' }],
  ])('does not open in another %s', (_name, other) => {
    expect(unseal(sealed, key, other)).toBeNull();
  });

  it('does not open with another key, even one of the same name', () => {
    expect(unseal(sealed, { ...key, id: 'k2' }, place)).toBeNull();
    expect(unseal(sealed, { id: 'k1', key: createSecretKey(randomBytes(32)) }, place)).toBeNull();
    expect(
      unseal(
        withPart(sealed, 1, () => 'k2'),
        { ...key, id: 'k2' },
        place,
      ),
    ).toBeNull();
  });

  it.each([
    ['an initialisation vector of other bits', withPart(sealed, 2, flipBit)],
    ['a shorter initialisation vector', withPart(sealed, 2, shortenTo(11))],
    ['a ciphertext of other bits', withPart(sealed, 3, flipBit)],
    ['a ciphertext cut short', withPart(sealed, 3, shortenTo(3))],
    ['a tag of other bits', withPart(sealed, 4, flipBit)],
    ['a tag of 15 bytes', withPart(sealed, 4, shortenTo(15))],
    ['a tag of 4 bytes', withPart(sealed, 4, shortenTo(4))],
    ['an empty tag', withPart(sealed, 4, () => '')],
    ['another version', withPart(sealed, 0, () => 'v2')],
    ['a part too many', `${sealed}.AA`],
    ['a part missing', sealed.slice(0, sealed.lastIndexOf('.'))],
    ['no sealed text at all', 'hunter2'],
    ['an empty text', ''],
  ])('does not open with %s', (_name, text) => {
    expect(unseal(text, key, place)).toBeNull();
  });
});
