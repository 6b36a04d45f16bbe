import { createSecretKey, type KeyObject } from 'node:crypto';

/** AES-256 takes keys of this length. */
export const ENCRYPTION_KEY_BYTES = 32;

/** Thirty-two bytes in base64 are these 44 characters and no others. */
const BASE64_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** What {@link parseEncryptionKeys} takes, as the end of a sentence that names where the text came from. */
export const ENCRYPTION_KEY_FORM =
  'must be 32 random bytes in base64 (openssl rand -base64 32), or several with commas between, the current one first';

/**
 * The keys in the text of ENCRYPTION_KEY or of the key file, the current one first. They are key objects, so that
 * nothing can print them by chance.
 *
 * @returns null when the text is not of the form, or repeats a key
 */
export function parseEncryptionKeys(text: string): readonly KeyObject[] | null {
  const parts = text.split(',').map((part) => part.trim());
  if (!parts.every(isKey) || new Set(parts).size < parts.length) return null;
  return Object.freeze(parts.map((part) => createSecretKey(Buffer.from(part, 'base64'))));
}

/** The last character holds only four bits of the key: a text that sets more is a mistyped one. */
function isKey(text: string): boolean {
  return BASE64_KEY.test(text) && Buffer.from(text, 'base64').toString('base64') === text;
}
