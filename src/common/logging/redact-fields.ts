import { REDACTED } from '../redaction/redact-text';

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
