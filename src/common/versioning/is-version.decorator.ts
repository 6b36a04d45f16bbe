import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

import { SEMANTIC_VERSION_PATTERN } from './semantic-version';

/** Refuses a field that is no version number, and says so in the OpenAPI document. */
export function IsVersion(): PropertyDecorator {
  return applyDecorators(
    Matches(SEMANTIC_VERSION_PATTERN, { message: 'must be a version MAJOR.MINOR.PATCH, as in 1.2.0' }),
    ApiProperty({ pattern: SEMANTIC_VERSION_PATTERN.source }),
  );
}
