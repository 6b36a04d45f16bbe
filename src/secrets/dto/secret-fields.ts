import { applyDecorators } from '@nestjs/common';
import { IsString, Length, Matches } from 'class-validator';

import { IsStorable } from '../../common/validation/text.decorators';
import { MIN_SECRET_LENGTH } from '../../security/secret-redactor';

/** Enough for a private key with its certificates. */
const MAX_SECRET_LENGTH = 16_384;

/** The value of a secret in the OpenAPI document. */
export const SECRET_VALUE_SCHEMA = {
  format: 'password',
  writeOnly: true,
  minLength: MIN_SECRET_LENGTH,
  maxLength: MAX_SECRET_LENGTH,
  description: 'Never shown again',
  example: 'a-token-of-some-length',
};

/**
 * A value that can be told from other text, so that it can be taken out of what components give; and that is text for
 * the templates in configurations.
 */
export function IsSecretValue(): PropertyDecorator {
  return applyDecorators(
    IsString({ message: 'must be a string' }),
    Length(MIN_SECRET_LENGTH, MAX_SECRET_LENGTH, {
      message: `must be ${MIN_SECRET_LENGTH} to ${MAX_SECRET_LENGTH} characters long`,
    }),
    IsStorable(),
    Matches(/^(?!\s).*(?<!\s)$/su, { message: 'must not begin or end with a blank' }),
    Matches(/^(?!.*\$\{\{)/su, { message: 'must not hold "${{"' }),
  );
}
