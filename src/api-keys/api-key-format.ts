import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 26;
/** 62^6 is over 2^32: six characters hold any CRC-32. */
const CHECK_LENGTH = 6;
const MARK = 'mcp_';
const PREFIX_LENGTH = 8;

const SHAPE = new RegExp(`^${MARK}([0-9A-Za-z]{${RANDOM_LENGTH}})([0-9A-Za-z]{${CHECK_LENGTH}})$`);

/**
 * A new key: `mcp_`, 26 random characters (154 bits), and 6 characters of their CRC-32, so that a mistyped key
 * is refused without a look-up and scanners can tell a leaked key from noise.
 */
export function generateApiKey(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length)));
  const text = random.join('');
  return MARK + text + checkCharacters(text);
}

/** Whether `text` has the form of a key and its check characters fit. */
export function isWellFormedApiKey(text: string): boolean {
  const match = SHAPE.exec(text);
  return match?.[1] !== undefined && checkCharacters(match[1]) === match[2];
}

/** The CRC-32 (IEEE) of `text` in base 62, most significant character first, padded with `0`. */
export function checkCharacters(text: string): string {
  let rest = crc32(text);
  let characters = '';
  for (let place = 0; place < CHECK_LENGTH; place++) {
    characters = ALPHABET.charAt(rest % ALPHABET.length) + characters;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return characters;
}

/** What is stored of a key: its SHA-256. A slow hash would guard a guessable secret; this one has 154 random bits. */
export function hashApiKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** What is shown of a key, to tell it from others: its first 8 characters. */
export function apiKeyPrefix(key: string): string {
  return key.slice(0, PREFIX_LENGTH);
}
