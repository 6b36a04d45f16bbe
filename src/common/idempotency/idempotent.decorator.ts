import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

import { ApiErrors } from '../errors/api-errors.decorator';
import { IDEMPOTENCY_KEY_HEADER } from './idempotency-key';

/** Under it a handler says that it honours `Idempotency-Key`. */
export const IDEMPOTENT = 'mcp-backend:idempotent';

/**
 * For handlers that make something: under an `Idempotency-Key` the whole of one is a transaction, which also keeps its
 * answer for whoever asks again. So it may wait for nothing but the database. Starting runs has a way of its own.
 */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    SetMetadata(IDEMPOTENT, true),
    ApiHeader({
      ...IDEMPOTENCY_KEY_HEADER,
      description: 'The same key and body get the same answer for 24 h; the same key and another body 422',
    }),
    ApiErrors('UNPROCESSABLE'),
  );
}
