const REDACTED = '[redacted]';

/** Fields of logged objects whose values are never written, at the top and one level down. */
const SECRET_FIELDS = [
  'password',
  'secret',
  'token',
  'authorization',
  'cookie',
  'connectionString',
  'databaseUrl',
  'apiKey',
  'api_key',
  'x-api-key',
];

/** pino's setting for {@link SECRET_FIELDS}. */
export const redactFields = {
  paths: SECRET_FIELDS.flatMap((name) => [
    `["${name}"]`,
    `*["${name}"]`,
    `headers["${name}"]`,
    `*.headers["${name}"]`,
  ]),
  censor: REDACTED,
};

/** Our API keys, tokens of webhooks, and passwords inside URLs, wherever they stand in a text. */
const SECRET_TEXT = /\b(?:mcp|whk)_[0-9A-Za-z]{32}\b|(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:)[^\s@/]+(?=@)/gi;

/** The text without the secrets that can be told by their form. */
export function redactText(text: string): string {
  return text.replace(SECRET_TEXT, REDACTED);
}
