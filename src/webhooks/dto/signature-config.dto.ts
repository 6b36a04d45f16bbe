import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';

import { isJsonObject } from '../../engine/core/json';
import { DEFAULT_SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../webhook-signature';

const MIN_SECRET = 16;
const MAX_SECRET = 256;
/** What HTTP allows in the name of a header, without the marks that nobody uses. */
const HEADER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const FIELDS = ['secret', 'header'];

/** How posts are signed. */
export class SignatureConfigDto {
  @ApiPropertyOptional({
    minLength: MIN_SECRET,
    maxLength: MAX_SECRET,
    writeOnly: true,
    description:
      'Its UTF-8 bytes are the key of the HMAC-SHA256 over `timestamp.body`. Kept encrypted, never shown. Left out: the secret that the webhook has',
  })
  secret?: string;

  @ApiPropertyOptional({
    default: DEFAULT_SIGNATURE_HEADER,
    pattern: HEADER_NAME.source,
    description: `Holds \`sha256=\` and the hexadecimal HMAC; ${TIMESTAMP_HEADER} holds the timestamp`,
  })
  header?: string;
}

/** How posts are signed, as it is shown. */
export class SignatureResponse {
  @ApiProperty({ example: DEFAULT_SIGNATURE_HEADER })
  header!: string;
}

/** Refuses a field that is no {@link SignatureConfigDto}. */
export function IsSignatureConfig(): PropertyDecorator {
  return ValidateBy({
    name: 'isSignatureConfig',
    validator: {
      validate: (value) => faultOf(value) === null,
      defaultMessage: (args) => faultOf(args?.value) ?? '',
    },
  });
}

function faultOf(value: unknown): string | null {
  if (!isJsonObject(value)) return 'must be an object with secret and header, or null';
  const unknown = Object.keys(value).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) return `must hold secret and header only, not ${JSON.stringify(unknown)}`;
  const { secret, header } = value;
  if (secret !== undefined && !isSecret(secret)) {
    return `must have a secret of ${MIN_SECRET} to ${MAX_SECRET} characters`;
  }
  if (header !== undefined && !isHeaderName(header)) {
    return `must have a header that is a name such as ${DEFAULT_SIGNATURE_HEADER}, and not ${TIMESTAMP_HEADER}`;
  }
  return null;
}

function isSecret(secret: unknown): boolean {
  return typeof secret === 'string' && secret.length >= MIN_SECRET && secret.length <= MAX_SECRET;
}

function isHeaderName(header: unknown): boolean {
  return (
    typeof header === 'string' &&
    HEADER_NAME.test(header) &&
    header.toLowerCase() !== TIMESTAMP_HEADER.toLowerCase()
  );
}
