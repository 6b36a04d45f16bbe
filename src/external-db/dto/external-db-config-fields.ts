import { applyDecorators } from '@nestjs/common';
import { IsInt, IsString, Length, Matches, Max, Min } from 'class-validator';

import { IsStorable } from '../../common/validation/text.decorators';
import { SSL_MODES } from '../ssl-settings';

const MAX_PORT = 65_535;
const MAX_HOST_LENGTH = 253;
const MAX_NAME_LENGTH = 255;
const MAX_PASSWORD_LENGTH = 1_000;

const portRange = { message: `must be from 1 to ${MAX_PORT}` };

/** A host name or an address. No path: PostgreSQL's client would take one for a socket of this machine. */
export function IsHost(): PropertyDecorator {
  return applyDecorators(
    IsString({ message: 'must be a string' }),
    Length(1, MAX_HOST_LENGTH, { message: `must be 1 to ${MAX_HOST_LENGTH} characters long` }),
    Matches(/^[A-Za-z0-9_.:-]+$/, { message: 'must be a host name or an IP address' }),
  );
}

export function IsPort(): PropertyDecorator {
  return applyDecorators(
    IsInt({ message: 'must be an integer' }),
    Min(1, portRange),
    Max(MAX_PORT, portRange),
  );
}

/** The name of a database or of a user of it. */
export function IsDatabaseName(): PropertyDecorator {
  return applyDecorators(
    IsString({ message: 'must be a string' }),
    Length(1, MAX_NAME_LENGTH, { message: `must be 1 to ${MAX_NAME_LENGTH} characters long` }),
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, {
      message: 'must not hold control characters or halves of surrogate pairs',
    }),
  );
}

export function IsPassword(): PropertyDecorator {
  return applyDecorators(
    IsString({ message: 'must be a string' }),
    Length(0, MAX_PASSWORD_LENGTH, { message: `must be at most ${MAX_PASSWORD_LENGTH} characters long` }),
    IsStorable(),
  );
}

/** `ssl` in the OpenAPI document. */
export const SSL_SCHEMA = {
  type: 'object' as const,
  additionalProperties: false,
  required: ['mode'],
  properties: {
    mode: {
      type: 'string' as const,
      enum: [...SSL_MODES],
      description:
        '`require` encrypts and believes any certificate; `verify_full` checks it and the name in it',
    },
    ca: { type: 'string' as const, description: 'Certificates in PEM, trusted instead of the public ones' },
  },
  example: { mode: 'verify_full' },
};
