import type { PlannedConcurrency } from './concurrency';
import type { Expression } from './expression';
import type { ParametersCheck } from './parameters';
import type { RetryPolicy } from './retry-policy';
import type { Template } from './template';
import type { Builtin, NeedsPolicy, OnError, OnItemError, SignalBuiltin } from './workflow-spec';

/** A workflow's specification, checked and compiled: everything that runs of one version share. Immutable. */
export interface WorkflowPlan {
  /** In topological order: every step comes after its needs. */
  readonly steps: readonly PlannedStep[];
  /** Done when the others have failed the run; in topological order. */
  readonly onFailure: readonly PlannedStep[];
  /** Of both lists. */
  readonly stepsById: ReadonlyMap<string, PlannedStep>;
  /** Of both lists, in the order in which they are written. */
  readonly stepIds: readonly string[];
  /** The steps of both lists that call another workflow. */
  readonly nestedIds: readonly string[];
  /** The steps that no other needs: their outputs are the result where no template says otherwise. */
  readonly leafIds: readonly string[];
  /** The signals that its steps hold for, by name. */
  readonly signals: ReadonlyMap<string, SignalHolder>;
  readonly maxParallelSteps: number;
  /** null: any number of runs at a time. */
  readonly concurrency: PlannedConcurrency | null;
  /** Of the whole run; null: no limit. */
  readonly timeoutMs: number | null;
  readonly checkParameters: ParametersCheck;
  readonly result: Template | null;
}

export interface PlannedStep {
  readonly id: string;
  readonly uses: PlannedUse;
  /** What it names in `needs` and what it refers to, each once. */
  readonly needs: readonly string[];
  readonly needsPolicy: NeedsPolicy;
  readonly when: Expression | null;
  /** null: it is done once. */
  readonly forEach: PlannedLoop | null;
  /** The signal that it holds for; null: it holds for none. */
  readonly signalName: string | null;
  readonly inputs: Template;
  readonly retry: RetryPolicy;
  /** Of one attempt (of one item); null: the worker's default, and for a nested workflow no limit. */
  readonly timeoutMs: number | null;
  readonly onError: OnError;
}

export type PlannedUse =
  | {
      readonly kind: 'component';
      readonly mcpDefinitionId: string;
      /** null: the latest when the run starts. */
      readonly version: string | null;
      readonly tool: string | null;
    }
  | {
      readonly kind: 'workflow';
      readonly workflowDefinitionId: string;
      /** null: the latest when the outermost run starts. */
      readonly version: string | null;
    }
  | { readonly kind: 'builtin'; readonly name: Builtin };

/** The step that holds for a signal. */
export interface SignalHolder {
  readonly stepId: string;
  readonly builtin: SignalBuiltin;
}

/** A step that is done once for each item of a list. */
export interface PlannedLoop {
  readonly items: Expression;
  /** How many items are under way at once, those that wait or are between attempts included. */
  readonly maxParallel: number;
  readonly onItemError: OnItemError;
}
