import { hash, randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MARK = 'whk_';
/** 190 random bits. */
const RANDOM_LENGTH = 32;
const PREFIX_LENGTH = 8;

const SHAPE = new RegExp(`^${MARK}[0-9A-Za-z]{${RANDOM_LENGTH}}$`);
const ADDRESS = new RegExp(`^/api/v1/webhooks/${MARK}`);

/** A new token: the part of a webhook's address that nobody can guess. */
export function generateWebhookToken(): string {
  return MARK + Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** Whether `text` has the form of a token: what has not is refused without a look-up. */
export function isWebhookToken(text: string): boolean {
  return SHAPE.test(text);
}

/** What is stored of a token: its SHA-256. Slow hashes guard secrets that can be guessed; this one cannot. */
export function hashWebhookToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** What is shown of a token, to tell it from others: its first 8 characters. */
export function webhookTokenPrefix(token: string): string {
  return token.slice(0, PREFIX_LENGTH);
}

/** Where a token's posts go. */
export function webhookPath(token: string): string {
  return `/api/v1/webhooks/${token}`;
}

/** Whether posts to `path` may be signed, so that the bytes of their bodies are needed. */
export function isWebhookAddress(path: string): boolean {
  return ADDRESS.test(path);
}
