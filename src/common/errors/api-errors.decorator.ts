import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

import { ERROR_CODES, type ErrorCode } from './error-codes';
import { ErrorResponse } from './error.response';

/** What any operation that needs a key can answer. */
const ALWAYS: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL',
  'UNAVAILABLE',
];

/** Documents the errors of an operation beside those that all have. */
export function ApiErrors(...codes: readonly ErrorCode[]): MethodDecorator {
  const byStatus = Map.groupBy([...codes, ...ALWAYS], (code) => ERROR_CODES[code].status);
  return applyDecorators(
    ...[...byStatus].map(([status, sharing]) =>
      ApiResponse({ status, type: ErrorResponse, description: sharing.join(', ') }),
    ),
  );
}
