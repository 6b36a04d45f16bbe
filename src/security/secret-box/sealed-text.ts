import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** Where a sealed text is stored. It opens nowhere else: a row's secret is of no use in another row. */
export interface SealedPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** A key with the name that the texts sealed under it carry. */
export interface NamedKey {
  /** Without dots. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: KeyObject;
}

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D: 96 bits; random ones are safe for 2^32 texts under one key. */
const IV_BYTES = 12;
/** Checked in full: Node takes a tag of 4 bytes when none is demanded, which can be guessed. */
const TAG_BYTES = 16;

/**
 * Encrypts a secret with AES-256-GCM into `v1.<key id>.<iv>.<ciphertext>.<tag>`, the last three in base64url.
 * The place and the key's id are authenticated with it.
 */
export function seal(secret: Buffer, { id, key }: NamedKey, place: SealedPlace): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(place, id));
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
  return [VERSION, id, ...parts].join('.');
}

/**
 * Decrypts what {@link seal} made.
 *
 * @returns null when it was made for another place or under another key, was changed, or is no sealed text
 */
export function unseal(text: string, { id, key }: NamedKey, place: SealedPlace): Buffer | null {
  const parts = partsOf(text);
  if (parts?.keyId !== id) return null;
  const { iv, ciphertext, tag } = parts;
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(place, id));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return null;
  }
}

/** Under which key a text was sealed; null when it is no sealed text. */
export function keyIdOf(text: string): string | null {
  return partsOf(text)?.keyId ?? null;
}

function partsOf(text: string): { keyId: string; iv: Buffer; ciphertext: Buffer; tag: Buffer } | null {
  const [version, keyId = '', iv = '', ciphertext = '', tag, ...rest] = text.split('.');
  if (version !== VERSION || keyId === '' || tag === undefined || rest.length > 0) return null;
  return {
    keyId,
    iv: Buffer.from(iv, 'base64url'),
    ciphertext: Buffer.from(ciphertext, 'base64url'),
    tag: Buffer.from(tag, 'base64url'),
  };
}

/** A JSON list, so that no two places have the same bytes. */
function additionalData({ table, row, column }: SealedPlace, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, table, row, column, keyId]));
}
