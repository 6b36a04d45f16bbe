import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, ValidateIf } from 'class-validator';

import { MAX_DATA_SCHEMA_BYTES } from '../../components/component-contracts';

/** Takes a JSON Schema, or null for none; whether it is one, the compiler says. @param description what it is of */
export function IsDataSchema(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      nullable: true,
      additionalProperties: {},
      description: `${description}: JSON Schema 2020-12 of at most ${MAX_DATA_SCHEMA_BYTES / 1024} KiB; null for none`,
    }),
    ValidateIf((_dto, value) => value !== undefined && value !== null),
    IsObject({ message: 'must be a JSON Schema, an object, or null' }),
  );
}
