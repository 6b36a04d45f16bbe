import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

import { ERROR_CODES, type ErrorCode } from './error-codes';
import { ErrorResponse } from './error.response';

/** Documents the errors of an operation, beside those that all have (`src/openapi` adds these). */
export function ApiErrors(...codes: readonly ErrorCode[]): MethodDecorator {
  const byStatus = Map.groupBy(codes, (code) => ERROR_CODES[code].status);
  return applyDecorators(
    ...[...byStatus].map(([status, sharing]) =>
      ApiResponse({ status, type: ErrorResponse, description: sharing.join(', ') }),
    ),
  );
}
