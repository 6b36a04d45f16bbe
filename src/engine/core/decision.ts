import type { JsonValue } from './json';
import type { RunError, StepError } from './run-state';

/** What the engine has decided about one step. The run's state has it already; the worker records and does it. */
export type StepDecision =
  /** The step never runs. */
  | { readonly type: 'skip'; readonly stepId: string; readonly reason: string }
  /** The worker calls the component. */
  | { readonly type: 'start'; readonly stepId: string; readonly attempt: number; readonly inputs: JsonValue }
  /** A builtin wait has begun. */
  | {
      readonly type: 'wait';
      readonly stepId: string;
      readonly attempt: number;
      readonly inputs: JsonValue;
      /** Epoch milliseconds. */
      readonly wakeAt: number;
    }
  /** `inputs` are there where the attempt began and ended at once, as builtins do. */
  | {
      readonly type: 'succeed';
      readonly stepId: string;
      readonly attempt: number;
      readonly inputs?: JsonValue;
      readonly output: JsonValue;
    }
  /** The step has failed for good. `inputs` as with `succeed`; absent where they could not be computed. */
  | {
      readonly type: 'fail';
      readonly stepId: string;
      readonly attempt: number;
      readonly status: 'failed' | 'timed_out';
      readonly inputs?: JsonValue;
      readonly error: StepError;
    }
  /** The attempt has failed or was lost; another follows at `wakeAt` (epoch milliseconds). */
  | {
      readonly type: 'retry';
      readonly stepId: string;
      readonly attempt: number;
      readonly wakeAt: number;
      readonly error: StepError;
    }
  /** The step ends because the run does. */
  | { readonly type: 'cancel'; readonly stepId: string; readonly attempt: number; readonly error: StepError };

/** How the run ends. Nothing follows. */
export type EndDecision =
  | { readonly type: 'end'; readonly status: 'succeeded'; readonly result: JsonValue }
  | {
      readonly type: 'end';
      readonly status: 'failed' | 'cancelled' | 'timed_out';
      readonly error: RunError;
    };

export type Decision = StepDecision | EndDecision;
