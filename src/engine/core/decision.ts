import type { JsonObject, JsonValue } from './json';
import type { RunError } from './run-records';
import type { StepError, Unit } from './unit';

/**
 * What the engine has decided about one step, or one item of it. The run's state has it already; the worker records
 * and does it.
 */
export type StepDecision = Unit &
  (
    | { /** The step never runs. */ readonly type: 'skip'; readonly reason: string }
    | {
        /** The worker calls the component. */
        readonly type: 'start';
        readonly attempt: number;
        readonly inputs: JsonValue;
      }
    | {
        /** A `for_each` step has begun: its inputs are its items, which begin by decisions of their own. */
        readonly type: 'open';
        readonly attempt: number;
        readonly inputs: JsonValue;
      }
    | {
        /** A builtin waits: for a time, or for a signal. */
        readonly type: 'wait';
        readonly attempt: number;
        readonly inputs: JsonValue;
        /** Epoch milliseconds; null: no time ends it. */
        readonly wakeAt: number | null;
      }
    | {
        /** The worker starts a run of another workflow; the unit waits for its end. */
        readonly type: 'call';
        readonly attempt: number;
        /** The nested run's parameters. */
        readonly inputs: JsonObject;
        /** Epoch milliseconds at which the attempt has failed with TIMEOUT; null: never. */
        readonly wakeAt: number | null;
      }
    | {
        /** `inputs` are there where the attempt began and ended at once, as builtins do. */
        readonly type: 'succeed';
        readonly attempt: number;
        readonly inputs?: JsonValue;
        readonly output: JsonValue;
      }
    | {
        /** It has failed for good. `inputs` as with `succeed`; absent where they could not be computed. */
        readonly type: 'fail';
        readonly attempt: number;
        readonly status: 'failed' | 'timed_out';
        readonly inputs?: JsonValue;
        readonly error: StepError;
      }
    | {
        /** The attempt has failed or was lost; another follows at `wakeAt` (epoch milliseconds). */
        readonly type: 'retry';
        readonly attempt: number;
        readonly wakeAt: number;
        readonly error: StepError;
      }
    | {
        /** It ends because the run does, or the `for_each` that it belongs to. */
        readonly type: 'cancel';
        readonly attempt: number;
        readonly error: StepError;
      }
  );

/** How the run ends. Nothing follows. */
export type EndDecision =
  | { readonly type: 'end'; readonly status: 'succeeded'; readonly result: JsonValue }
  | {
      readonly type: 'end';
      readonly status: 'failed' | 'cancelled' | 'timed_out';
      readonly error: RunError;
    };

/** The run has failed and its `on_failure` steps begin; when they have ended, the run ends as it is said here. */
export interface FailureDecision {
  readonly type: 'handle_failure';
  readonly status: 'failed' | 'timed_out';
  readonly error: RunError;
}

export type Decision = StepDecision | FailureDecision | EndDecision;
