import type { ConcurrencyPlace } from '../core/concurrency';
import type { JsonObject } from '../core/json';
import type { CallingAttempt } from './checkpoint';

/** What one version of a workflow is pinned to. */
export interface PinnedWorkflow {
  readonly workflowDefinitionId: string;
  /** Step id → id of the component's version. */
  readonly pins: Readonly<Record<string, string>>;
  /** Step id → id of the version of the workflow that it calls. */
  readonly nested: Readonly<Record<string, string>>;
}

/**
 * What a run and all that are nested in it are pinned to, by the id of the workflow's version. Chosen when the outermost
 * run starts, once a version: wherever it is called in the tree, it means the same.
 */
export type PinnedWorkflows = Readonly<Record<string, PinnedWorkflow>>;

/** The attempt in another run that a run was started for. */
export interface ParentAttempt extends CallingAttempt {
  readonly runId: string;
}

/** What a run calls that follows no workflow; its parameters are the inputs. */
export interface CalledComponent {
  readonly mcpDefinitionId: string;
  readonly mcpVersionId: string;
  /** Of an `mcp_server`. */
  readonly tool: string | null;
}

/** A new run, as the API or the run that calls it hands it in. */
export interface NewRun {
  readonly id: string;
  readonly workflowDefinitionId: string | null;
  readonly workflowVersionId: string | null;
  /** Of a run that calls one component, and follows no workflow. */
  readonly calledComponent?: CalledComponent;
  readonly parameters: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly pins: Readonly<Record<string, string>>;
  /** Null or left out: it calls no other workflow. */
  readonly pinnedWorkflows?: PinnedWorkflows | null;
  readonly createdAt: Date;
  /** The run that it repeats. */
  readonly rerunOf?: string;
  readonly parent?: ParentAttempt;
  /** What it needs a place under; null or left out: nothing. */
  readonly concurrency?: ConcurrencyPlace | null;
  /** The span that it was started in, as the `traceparent` header has it; null or left out: none. */
  readonly traceParent?: string | null;
}

/** A run with steps that call other workflows. */
export interface NestingRun {
  readonly id: string;
  readonly workflowVersionId: string;
  readonly pinnedWorkflows: PinnedWorkflows;
}

/** The id of the version of the workflow that a step of `parent` calls. */
export function nestedVersion(
  { workflowVersionId, pinnedWorkflows }: Pick<NestingRun, 'workflowVersionId' | 'pinnedWorkflows'>,
  stepId: string,
): string {
  return pinnedWorkflows[workflowVersionId]?.nested[stepId] ?? '';
}

/** The run that an attempt of `parent` calls, pinned as the parent is. */
export function nestedRun(
  parent: NestingRun,
  call: CallingAttempt & { readonly parameters: JsonObject },
  made: Pick<NewRun, 'id' | 'createdAt' | 'concurrency' | 'traceParent'>,
): NewRun {
  const { parameters, ...attempt } = call;
  const { pinnedWorkflows } = parent;
  const workflowVersionId = nestedVersion(parent, call.stepId);
  const pinned = pinnedWorkflows[workflowVersionId];
  if (pinned === undefined) throw new Error(`The step "${call.stepId}" calls a workflow that is not pinned`);
  return {
    ...made,
    workflowDefinitionId: pinned.workflowDefinitionId,
    workflowVersionId,
    parameters,
    labels: {},
    pins: pinned.pins,
    pinnedWorkflows: Object.keys(pinned.nested).length > 0 ? pinnedWorkflows : null,
    parent: { ...attempt, runId: parent.id },
  };
}
