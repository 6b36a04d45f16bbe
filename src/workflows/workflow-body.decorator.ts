import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';

import { SPEC_SCHEMA } from '../common/openapi/schema-names';

/** Documents a body that holds the fields of `dto` and, beside them, those of a workflow's spec. */
export function WorkflowBody(
  dto: Type,
  options: { readonly isSpecOptional?: boolean } = {},
): MethodDecorator {
  const fields = { $ref: getSchemaPath(dto) };
  const schema =
    options.isSpecOptional === true
      ? { anyOf: [{ allOf: [fields, ...SPEC_SCHEMA.allOf] }, fields] }
      : { allOf: [fields, ...SPEC_SCHEMA.allOf] };
  return applyDecorators(ApiExtraModels(dto), ApiBody({ schema }));
}
