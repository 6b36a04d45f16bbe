import { HttpException } from '@nestjs/common';

import { AppError } from './app-error';
import { ERROR_CODES, type ErrorCode } from './error-codes';

/** What a caller is told for a status of the framework, in the words of the API reference. */
const FRAMEWORK_ERRORS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: ['INVALID_REQUEST', 'Invalid request parameters'],
  401: ['UNAUTHENTICATED', 'Invalid API key'],
  403: ['FORBIDDEN', 'Insufficient permissions'],
  404: ['NOT_FOUND', 'Resource not found'],
  405: ['METHOD_NOT_ALLOWED', 'Method not allowed'],
  409: ['CONFLICT', 'The request conflicts with the current state'],
  413: ['PAYLOAD_TOO_LARGE', 'The body is too large'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The body must be sent as application/json'],
  422: ['UNPROCESSABLE', 'The request cannot be carried out'],
  429: ['RATE_LIMITED', 'Rate limit exceeded'],
  503: ['UNAVAILABLE', 'Service unavailable, try again'],
};

/** body-parser's `type`s, each with what its sender should know. */
const BODY_ERRORS: Readonly<Record<string, (error: BodyError) => readonly [ErrorCode, string]>> = {
  'entity.parse.failed': (error) => [
    'INVALID_REQUEST',
    `The body is not valid JSON: ${firstLine(error.message)}`,
  ],
  'entity.too.large': (error) => [
    'PAYLOAD_TOO_LARGE',
    error.limit === undefined
      ? 'The body is too large'
      : `The body is too large: at most ${error.limit} bytes are allowed`,
  ],
  'charset.unsupported': () => [
    'UNSUPPORTED_MEDIA_TYPE',
    'The charset of the Content-Type is not supported: use UTF-8',
  ],
  'encoding.unsupported': () => [
    'UNSUPPORTED_MEDIA_TYPE',
    'The Content-Encoding is not supported: use gzip, deflate, br, zstd or none',
  ],
  'request.size.invalid': () => ['INVALID_REQUEST', 'The body is not as long as Content-Length says'],
  'request.aborted': () => ['INVALID_REQUEST', 'The request ended before its body did'],
};

/** What body-parser throws (`http-errors` with these fields). */
interface BodyError extends Error {
  readonly type: string;
  readonly limit?: number;
}

/**
 * The AppError for whatever was thrown. What is not foreseen becomes INTERNAL with the original as its cause:
 * a driver's or library's text is never shown to a caller.
 *
 * @param isUnavailable tells errors that mean "the database could not do it now, try again" from defects
 */
export function toAppError(thrown: unknown, isUnavailable: (error: unknown) => boolean): AppError {
  if (thrown instanceof AppError) return thrown;
  if (isUnavailable(thrown)) {
    return new AppError('UNAVAILABLE', 'The database is not reachable or is held up, try again', {
      cause: thrown,
    });
  }
  if (isBodyError(thrown)) {
    const told = BODY_ERRORS[thrown.type]?.(thrown) ?? FRAMEWORK_ERRORS[400];
    if (told !== undefined) return new AppError(...told, { cause: thrown });
  }
  if (isDecompressionError(thrown)) {
    return new AppError('INVALID_REQUEST', 'The body is not what its Content-Encoding says', {
      cause: thrown,
    });
  }
  if (thrown instanceof URIError || isBadPath(thrown)) {
    return new AppError('INVALID_REQUEST', 'The path is not valid percent-encoding', { cause: thrown });
  }
  const told = thrown instanceof HttpException ? FRAMEWORK_ERRORS[thrown.getStatus()] : undefined;
  if (told !== undefined) return new AppError(...told, { cause: thrown });
  return new AppError('INTERNAL', 'Internal server error', { cause: thrown });
}

/** The HTTP status of an error's code. */
export function statusOf(error: AppError): number {
  return ERROR_CODES[error.code].status;
}

function isBodyError(thrown: unknown): thrown is BodyError {
  return thrown instanceof Error && 'type' in thrown && typeof thrown.type === 'string' && 'status' in thrown;
}

/** What zlib says of a body that it cannot unpack, to which body-parser adds a status and no `type`. */
function isDecompressionError(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('status' in thrown) || thrown.status !== 400) return false;
  return 'code' in thrown && /^(Z_|ERR__ERROR_|ZSTD_error_)/.test(String(thrown.code));
}

/** Express marks the failure to decode a path parameter with a status and nothing else. */
function isBadPath(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith('Failed to decode param');
}

/** V8 puts a piece of the text into its message: what the sender needs to find the fault, on one line. */
function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}
