import type { Closing } from './run-records';

/** Why a run is cancelled, as its error says it. Whoever cancels a run gives one of these. */
export const CANCEL_REASONS = {
  /** Somebody wanted it. */
  asked: 'The run was cancelled',
  parentEnded: 'The run that this one is nested in has ended',
  /** The run that it is nested in goes on: the step's time is over, or it ends without this one. */
  notAwaited: 'The step that called this run no longer waits for it',
  /** By `on_conflict: cancel_running`. */
  superseded: (runId: string): string => `A newer run with the same concurrency key took its place: ${runId}`,
} as const;

/** As what a cancelled run ends. @param reason null: whoever asked for it gave none */
export function cancellation(reason: string | null): Closing {
  return { status: 'cancelled', error: { code: 'CANCELLED', message: reason ?? CANCEL_REASONS.asked } };
}
