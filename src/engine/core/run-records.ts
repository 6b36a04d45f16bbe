import type { Issue } from './issue';
import type { JsonObject, JsonValue } from './json';
import type { StepStatus } from './states';
import type { StepError, Unit } from './unit';

/** Why a run failed: the error of the step that failed it, or its own. */
export interface RunError extends StepError {
  readonly step_id?: string;
}

/** What of a run its expressions see, and never changes. */
export interface RunFacts {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly params: JsonObject;
  /** What is wrong with the parameters of the workflow that a step calls, as it is pinned; every path begins with `inputs`. */
  readonly checkNested?: (stepId: string, params: JsonValue) => Issue[];
}

/** Why no more steps start, and as what the run ends once the running ones have. */
export interface Closing {
  readonly status: 'failed' | 'cancelled' | 'timed_out';
  readonly error: RunError;
}

/** How a run has failed that has `on_failure` steps to do before it ends. */
export interface Failure {
  readonly status: 'failed' | 'timed_out';
  readonly error: RunError;
}

/** One attempt, as it was recorded. */
export interface AttemptRecord extends Unit {
  readonly attempt: number;
  readonly status: StepStatus;
  /** Of a `for_each` step that is under way: its items. Needed for nothing else. */
  readonly inputs?: JsonValue;
  readonly output: JsonValue;
  /** How many bytes of JSON the output takes; 0 where there is none. */
  readonly outputBytes: number;
  readonly error: StepError | null;
  /** Epoch milliseconds, as is the next. */
  readonly wakeAt: number | null;
  /** null: it has not ended. */
  readonly endedAt: number | null;
}
