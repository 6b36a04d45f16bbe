/**
 * What the chaos test makes workflows of: few kinds of steps, all of whose outcomes can be foretold, whatever is done to
 * the processes that run them.
 */
export type ModelStep = {
  readonly id: string;
  readonly needs: readonly string[];
  readonly policy: 'all_succeeded' | 'all_done' | 'any_succeeded';
  /** False: its `when` is. */
  readonly when: boolean;
  /** Its failure does not fail the run. */
  readonly continues: boolean;
} & ModelAction;

export type ModelAction =
  /** Gives a number and the outputs of those of its needs that always give numbers. */
  | { readonly kind: 'sum'; readonly value: number; readonly adds: readonly string[] }
  /** Calls the ledger, which fails the first so many times that it sees the key. */
  | { readonly kind: 'call'; readonly value: number; readonly failures: number; readonly attempts: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'each';
      readonly items: readonly number[];
      readonly failing: number | null;
      readonly skips: boolean;
    }
  | { readonly kind: 'nested'; readonly workflow: ModelWorkflow; readonly attempts: number };

export interface ModelWorkflow {
  readonly name: string;
  readonly steps: readonly ModelStep[];
  /** Done once the others have failed the run. */
  readonly onFailure: readonly ModelStep[];
}

/** More failures than there are attempts, with those that are lost. */
export const ALWAYS = 1_000;

/** Every workflow in the model, the innermost first. */
export function workflowsOf(workflow: ModelWorkflow): ModelWorkflow[] {
  return [...nestedIn(workflow).flatMap(workflowsOf), workflow];
}

/** How many levels of workflows there are below it. */
export function depthOf(workflow: ModelWorkflow): number {
  return Math.max(0, ...nestedIn(workflow).map((nested) => 1 + depthOf(nested)));
}

function nestedIn({ steps, onFailure }: ModelWorkflow): ModelWorkflow[] {
  return [...steps, ...onFailure].flatMap((step) => (step.kind === 'nested' ? [step.workflow] : []));
}
