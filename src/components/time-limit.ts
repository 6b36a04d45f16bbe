import { AppError } from '../common/errors/app-error';
import type { JsonObject } from '../engine/core/json';

/** `timeout_seconds` of a configuration. One hour is the longest that a component may ask for. */
export const TIMEOUT_SECONDS_SCHEMA = {
  type: 'number',
  exclusiveMinimum: 0,
  maximum: 3600,
} satisfies JsonObject;

/** A signal that also fires at a time limit; `clear` must be called. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  clear(): void;
}

/**
 * Joins the step's signal with the configuration's `timeout_seconds`. The reason is an AppError: TIMEOUT
 * when the limit ended it, else whatever the step's signal carries.
 * @param seconds undefined: only the step's own limit holds
 * @param message what TIMEOUT says
 */
export function withTimeLimit(
  signal: AbortSignal,
  seconds: number | undefined,
  message = `timeout_seconds: ${seconds} s are over`,
): TimeLimit {
  if (seconds === undefined) return { signal, clear: () => undefined };
  return withDeadline([signal], seconds * 1000, message);
}

/**
 * Fires when one of the signals does, with its reason, or when the time is over, with TIMEOUT.
 * Not `AbortSignal.any`: it keeps every joined signal alive with a long-lived one.
 */
export function withDeadline(signals: readonly AbortSignal[], ms: number, message: string): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new AppError('TIMEOUT', message));
  }, ms);
  const forwards = signals.map((signal) => {
    const forward = (): void => {
      controller.abort(signal.reason);
    };
    if (signal.aborted) forward();
    signal.addEventListener('abort', forward, { once: true });
    return () => {
      signal.removeEventListener('abort', forward);
    };
  });
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      for (const stop of forwards) stop();
    },
  };
}

/**
 * Waits for `work`, or rejects with the signal's reason when that fires first. What `work` does later is
 * ignored, so it must clean up after itself.
 */
export async function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  // The caller may leave before `work` fails: that failure is not a fault of the process.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
