import type { ErrorCode } from './error-codes';

/** What an {@link AppError} can carry beside its code and message. */
export interface AppErrorOptions {
  /** Whether trying the same thing again may help; defaults to what the code says. */
  readonly retryable?: boolean;
  /** How long whoever was asked wants to be left alone, in milliseconds: no other try before. */
  readonly retryAfterMs?: number;
  /** Facts for a program (never a secret): shown beside `detail`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What led here; logged, never shown. */
  readonly cause?: unknown;
}

/**
 * The one error of this program: a stable code, and a message that may be shown to whoever asked.
 * It knows nothing of HTTP; the filter in this folder maps codes to statuses.
 */
export class AppError extends Error {
  readonly retryable: boolean | undefined;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }
}
