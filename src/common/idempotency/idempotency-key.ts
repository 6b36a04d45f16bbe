import { invalidRequest } from '../errors/invalid-request';

const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

/** The header, for the OpenAPI document. */
export const IDEMPOTENCY_KEY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: MAX_IDEMPOTENCY_KEY_LENGTH },
} as const;

/**
 * The `Idempotency-Key` of a request, or null when there is none.
 *
 * @throws AppError INVALID_REQUEST when it is empty or too long
 */
export function readIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (header.length >= 1 && header.length <= MAX_IDEMPOTENCY_KEY_LENGTH) return header;
  throw invalidRequest([
    { path: 'Idempotency-Key', message: `must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters` },
  ]);
}
