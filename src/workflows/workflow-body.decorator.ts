import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';

import { WITH_SPEC } from '../common/openapi/schema-names';

/**
 * Documents a body that holds the fields of `dto` and, beside them, those of a workflow's spec.
 *
 * @param options.isSpecOptional whether all of the spec may be left out
 */
export function WorkflowBody(
  dto: Type,
  options: { readonly isSpecOptional?: boolean } = {},
): MethodDecorator {
  const schema = {
    $ref: getSchemaPath(dto),
    [WITH_SPEC]: options.isSpecOptional === true ? 'optional' : 'required',
  };
  return applyDecorators(ApiExtraModels(dto), ApiBody({ schema }));
}
