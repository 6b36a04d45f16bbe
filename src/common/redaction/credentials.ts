import { PROVIDER_TOKEN } from './provider-token';

/** A credential within a text, and what stands around it. */
export interface Credential {
  readonly before: string;
  readonly value: string;
  readonly after: string;
}

/** Words of a field's name that make a text in it a credential. */
const CREDENTIAL_WORDS = new Set([
  'authorization',
  'bearer',
  'cookie',
  'credential',
  'credentials',
  'jwt',
  'passphrase',
  'passwd',
  'password',
  'pat',
  'pwd',
  'secret',
  'token',
]);

/** Words before `key` that make it one: `API_KEY`, `x-access-key`; a key of another kind is no credential. */
const KEY_WORDS = new Set([
  'account',
  'access',
  'api',
  'auth',
  'encryption',
  'license',
  'private',
  'secret',
  'service',
]);

/** Texts that are no credential, whatever their field is called: `USE_TOKEN=true`, `TOKEN_LIMIT=4000`. */
const HARMLESS = /^(?:|true|false|yes|no|on|off|null|none|-?\d{1,9}(?:\.\d+)?)$/i;

/** What documentation puts where a credential belongs. */
const STAND_IN =
  /^(?:<.*>|\[.*\]|\*+|x{4,}|\.{3}|changeme|(?:your|my|insert|enter|replace|paste)[-_ ].*|.*[-_ ]here)$/i;

/**
 * An address with a password in it: `postgres://user:password@host/db`. Of the scheme the last character only: searching
 * for all of it takes as long as the square of a text's length.
 */
const ADDRESS_WITH_PASSWORD = /[a-z0-9+.-]:\/\/[^\s:@/]*:[^\s@/]+@/i;

/** How a credential is introduced in a header. */
const SCHEME = /^(?:Basic|Bearer|Token|ApiKey|Api-Key)\s+/i;

/** Whether a text in a field of this name is taken for a credential: `GITHUB_TOKEN`, `x-api-key`, `apiKey`. */
export function isCredentialName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  return words.some((word, place) => {
    if (CREDENTIAL_WORDS.has(word) || word === 'apikey') return true;
    return word === 'key' && KEY_WORDS.has(words[place - 1] ?? '');
  });
}

/**
 * The credential in a text; null when there is none.
 * @param name of the field; null where the text stands by itself
 */
export function findCredential(name: string | null, text: string): Credential | null {
  if (name !== null && isCredentialName(name)) {
    const before = SCHEME.exec(text)?.[0] ?? '';
    const value = text.slice(before.length);
    return HARMLESS.test(value) ? null : { before, value, after: '' };
  }
  const form = PROVIDER_TOKEN.exec(text);
  if (form !== null) {
    const [value] = form;
    return { before: text.slice(0, form.index), value, after: text.slice(form.index + value.length) };
  }
  return ADDRESS_WITH_PASSWORD.test(text) ? { before: '', value: text, after: '' } : null;
}

/** Whether a text only says that a credential belongs in its place: `<YOUR_TOKEN>`. */
export function isStandIn(text: string): boolean {
  return STAND_IN.test(text);
}
