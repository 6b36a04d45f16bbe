import type { JsonObject, JsonValue } from './json';

/** What a version of a workflow stores, as it travels on the wire: its schema is `WORKFLOW_SPEC_SCHEMA`. */
export interface WorkflowSpec {
  readonly parameters_schema?: JsonObject | boolean;
  readonly timeout_seconds?: number;
  readonly max_parallel_steps?: number;
  readonly concurrency?: ConcurrencySpec;
  readonly steps: readonly StepSpec[];
  /** Done after the run has failed or its time was over; `run.error` is in scope. */
  readonly on_failure?: readonly StepSpec[];
  readonly result?: JsonValue;
}

/** How many runs of the workflow with the same key run at a time. */
export interface ConcurrencySpec {
  /** An expression over `params`. */
  readonly key: string;
  readonly max?: number;
  readonly on_conflict?: OnConflict;
}

export interface StepSpec {
  readonly id: string;
  readonly uses: ComponentUse | NestedUse | BuiltinUse;
  readonly inputs?: JsonValue;
  readonly needs?: readonly string[];
  readonly needs_policy?: NeedsPolicy;
  readonly when?: string;
  readonly for_each?: ForEachSpec;
  readonly retry?: RetrySpec;
  readonly timeout_seconds?: number;
  readonly on_error?: OnError;
}

/** A component; without `version` the latest one at the moment the run starts. */
export interface ComponentUse {
  readonly mcp_definition_id: string;
  readonly version?: string;
  readonly tool?: string;
}

/** Another workflow, run as a run of its own; without `version` the latest one at the moment the outermost run starts. */
export interface NestedUse {
  readonly workflow_definition_id: string;
  readonly version?: string;
}

/** What the engine does by itself. */
export interface BuiltinUse {
  readonly builtin: Builtin;
}

/** Makes a step of each item of a list; `item` and `index` are in scope of its inputs. */
export interface ForEachSpec {
  /** An expression that gives the list. */
  readonly items: string;
  readonly max_parallel?: number;
  readonly on_item_error?: OnItemError;
}

export interface RetrySpec {
  readonly max_attempts: number;
  readonly initial_ms?: number;
  readonly factor?: number;
  readonly max_ms?: number;
  readonly jitter?: boolean;
  readonly never_on?: readonly string[];
}

/**
 * `set` gives its inputs as its output, `wait` holds until a time, `fail` fails with a message, `approval` holds until
 * somebody decides, `signal` until somebody sends a payload.
 */
export const BUILTINS = ['set', 'wait', 'fail', 'approval', 'signal'] as const;
export type Builtin = (typeof BUILTINS)[number];

/** The builtins that hold until a signal comes. */
export const SIGNAL_BUILTINS = ['approval', 'signal'] as const satisfies readonly Builtin[];
export type SignalBuiltin = (typeof SIGNAL_BUILTINS)[number];

/** Which of its needs must have ended how before a step starts; step-readiness.ts decides by it. */
export const NEEDS_POLICIES = ['all_succeeded', 'all_done', 'any_succeeded'] as const;
export type NeedsPolicy = (typeof NEEDS_POLICIES)[number];

/** What a run does that finds no place under its key: it waits, takes the place of an older one, or is not made. */
export const ON_CONFLICT = ['queue', 'cancel_running', 'reject'] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];

/** Whether a step's failure fails its run. */
export const ON_ERROR = ['fail', 'continue'] as const;
export type OnError = (typeof ON_ERROR)[number];

/** What an item's failure does: it fails the `for_each` step, or leaves null in its place. */
export const ON_ITEM_ERROR = ['fail', 'skip'] as const;
export type OnItemError = (typeof ON_ITEM_ERROR)[number];
