import { AppError } from '../../common/errors/app-error';

/** A signal with a time limit; `clear` must be called. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly clear: () => void;
}

/**
 * Fires when one of the signals does, with its reason, or when the time is over, with TIMEOUT.
 * Not `AbortSignal.any`: it keeps every joined signal alive with a long-lived one.
 */
export function withDeadline(signals: readonly AbortSignal[], ms: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new AppError('TIMEOUT', 'The statement took longer than it may'));
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
