import type { JsonObject, JsonValue } from '../core/json';
import type { ModelUsage } from '../ports';
import type { ConcurrencyKey } from './concurrency-store';
import type { NewRun } from './new-run';

/** Position of a step that is not an item of a `for_each`. */
export const NO_ITEM = -1;

/** What a step's failure, or a run's, is recorded as. */
export interface RecordedError {
  readonly code: string;
  readonly message: string;
  readonly details?: JsonValue;
  /** On a run: the step that failed it. */
  readonly step_id?: string;
}

/** One attempt of one step, as it now stands. Written over what was there for the same attempt. */
export interface StepRow {
  readonly stepId: string;
  readonly item: number;
  readonly attempt: number;
  readonly status: string;
  /** JSON text, or null. Texts, because each value is serialised once, measured, and then only passed on. */
  readonly inputs: string | null;
  readonly output: string | null;
  readonly error: string | null;
  /** When a step that waits, or waits to be tried again, goes on. */
  readonly wakeAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** What the attempt used of a model; null for none, or not yet. */
  readonly usage: ModelUsage | null;
}

export const RUN_EVENT_TYPES = ['status_change', 'log', 'result_preview'] as const;
export type RunEventType = (typeof RUN_EVENT_TYPES)[number];

/** One event of a run, without its number: the number is its place in the run. */
export interface RunEventRow {
  readonly type: RunEventType;
  /** JSON text as the stream sends it. */
  readonly data: string;
  readonly at: Date;
}

/** What a checkpoint changes on the run's own row; what is left out stays. */
export interface RunChange {
  readonly status?: string;
  readonly result?: string;
  readonly error?: string;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly wakeAt?: Date;
  /** As what it ends once its `on_failure` steps have. */
  readonly endsAs?: string;
}

/**
 * What becomes of the worker's claim: it goes on, the run waits to be claimed again at a time (or, without one, when
 * somebody enqueues it), or the run has ended.
 */
export type ClaimOutcome =
  | { readonly kind: 'keep' }
  | {
      readonly kind: 'park';
      readonly until: Date | null;
      /** How many signals and ends of nested runs the worker knows of: where there are more, the run must not wait. */
      readonly newsSeen: number;
    }
  | { readonly kind: 'end' };

/** The attempt of a unit that calls, or called, a nested run. */
export interface CallingAttempt {
  readonly stepId: string;
  readonly item: number;
  readonly attempt: number;
}

/** A nested run that an attempt starts. */
export interface NestedCall extends CallingAttempt {
  readonly parameters: JsonObject;
}

/** What a checkpoint changes on other runs: those nested in this one, and the one that this is nested in. */
export interface FamilyChange {
  /** Started, and recorded under the attempts that call them. */
  readonly starts: readonly NewRun[];
  /** No longer waited for: what still runs for these attempts, or for any, is cancelled. */
  readonly settled: readonly CallingAttempt[] | 'all';
  /** The run that waits for this one's end, where this one has ended. */
  readonly wakes: string | null;
  /** Where the run has ended: the key that its place was under. */
  readonly frees: ConcurrencyKey | null;
  readonly at: Date;
}

/** The fence that a worker's every write carries: the run, who holds it, and how often it changed hands. */
export interface Lease {
  readonly runId: string;
  readonly owner: string;
  readonly epoch: number;
}

/**
 * Everything that one turn of a run writes, all or nothing: the outcomes of steps, the starts of others, the
 * events that tell of them, and the run's row.
 */
export interface Checkpoint {
  readonly lease: Lease;
  /** Number of the run's last event before this checkpoint; its own events follow without a gap. */
  readonly baseSeq: number;
  readonly steps: readonly StepRow[];
  readonly events: readonly RunEventRow[];
  readonly run: RunChange;
  readonly claim: ClaimOutcome;
  /** Left out by runs that have nothing to do with others. */
  readonly family?: FamilyChange;
}
