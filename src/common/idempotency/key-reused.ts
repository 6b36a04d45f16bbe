import { AppError } from '../errors/app-error';

/** The error for an `Idempotency-Key` that was used for another request. */
export function keyReused(): AppError {
  return new AppError(
    'UNPROCESSABLE',
    'Idempotency-Key: was used for another request; use a new key for a new request',
  );
}
