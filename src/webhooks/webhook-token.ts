import { hash, randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MARK = 'whk_';
/** 190 random bits. */
const RANDOM_LENGTH = 32;
const PREFIX_LENGTH = 8;

const SHAPE = new RegExp(`^${MARK}[0-9A-Za-z]{${RANDOM_LENGTH}}$`);
/** Outside the prefix of the API: it is no resource of it, and `/api/v1/webhooks/{webhook_id}` is another thing. */
const FOLDER = '/webhooks/';

/** The route of {@link webhookPath}, for the router. */
export const WEBHOOK_POST_ROUTE = 'webhooks/:token';

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
  return FOLDER + token;
}

/** Whether `path` is a webhook's: it is open without a key, and posts to it may be signed over their bytes. */
export function isWebhookAddress(path: string): boolean {
  return path.startsWith(FOLDER);
}
