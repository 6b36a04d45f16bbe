import { ValidateBy } from 'class-validator';

import { isJsonObject } from '../engine/core/json';

/** `require` encrypts and believes any certificate; `verify_full` checks the certificate and the name in it. */
export const SSL_MODES = ['disable', 'require', 'verify_full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** How a connection to a database is encrypted. The same form on the wire, in the table and in code. */
export interface SslSettings {
  readonly mode: SslMode;
  /** Certificates in PEM that are trusted instead of the public ones. */
  readonly ca?: string;
}

export const NO_SSL: SslSettings = { mode: 'disable' };

/** A chain of a few certificates is far below it. */
const MAX_CA_LENGTH = 100_000;
/** Every character fits in one way: with two, as in `\s+[…\s]+`, each certificate doubles the ways to look. */
const PEM = /^\s*(?:-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;

/** Refuses a field that is no {@link SslSettings}. */
export function IsSslSettings(): PropertyDecorator {
  return ValidateBy({
    name: 'isSslSettings',
    validator: {
      validate: (value) => faultOf(value) === null,
      defaultMessage: (args) => faultOf(args?.value) ?? '',
    },
  });
}

function faultOf(value: unknown): string | null {
  if (!isJsonObject(value)) return 'must be an object with mode, and optionally ca';
  const { mode, ca, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    return `has the unknown field ${JSON.stringify(unknown.slice(0, 80))}; allowed: mode, ca`;
  if (!SSL_MODES.some((one) => one === mode))
    return `has a mode that is not allowed; allowed: ${SSL_MODES.join(', ')}`;
  if (ca === undefined) return null;
  if (typeof ca !== 'string' || ca.length > MAX_CA_LENGTH || !PEM.test(ca)) {
    return `has a ca that is not allowed; allowed: certificates in PEM, at most ${MAX_CA_LENGTH} characters`;
  }
  return null;
}

/** What Node's TLS takes; undefined where the connection is not encrypted. */
export function tlsOptions({
  mode,
  ca,
}: SslSettings): { rejectUnauthorized: boolean; ca?: string } | undefined {
  if (mode === 'disable') return undefined;
  return { rejectUnauthorized: mode === 'verify_full', ...(ca !== undefined && { ca }) };
}
