import { MAX_NESTING } from '../engine/core/workflow-spec.schema';
import type { JsonObject } from '../engine/core/json';
import { type NestedStep, nestedSteps, type WorkflowReference } from './nested-steps';

/** What a reference to a workflow means. */
export type ResolvedWorkflowReference =
  | {
      readonly kind: 'found';
      readonly workflowDefinitionId: string;
      readonly workflowVersionId: string;
      readonly spec: JsonObject;
    }
  | { readonly kind: 'no_workflow' | 'no_version' };

/** Looks references up, in their order. */
export type ResolveWorkflows = (
  references: readonly WorkflowReference[],
) => Promise<ResolvedWorkflowReference[]>;

/** A version that a workflow calls, directly or through others. */
export interface TreeVersion {
  readonly workflowDefinitionId: string;
  readonly spec: JsonObject;
  /** Step id → id of the version that it calls. */
  readonly nested: Record<string, string>;
}

/** What keeps a workflow from calling what it names, and at which of its own steps. */
export interface TreeFault {
  readonly step: NestedStep;
  readonly field: 'workflow_definition_id' | 'version';
  readonly message: string;
}

/** A workflow and all that it calls. */
export interface WorkflowTree {
  /** By version id; without the workflow itself. */
  readonly versions: ReadonlyMap<string, TreeVersion>;
  /** Of the workflow itself: step id → id of the version that it calls. */
  readonly nested: Readonly<Record<string, string>>;
  /** How many levels of workflows there are below it. */
  readonly height: number;
  readonly faults: readonly TreeFault[];
}

/**
 * Follows the steps that call workflows, level by level, as far as they may go. One look-up a level: however many
 * steps there are, a version is read once.
 *
 * @param self the id of the workflow that is being saved: a call of its latest version is a call of what is being saved
 */
export async function walkTree(
  spec: JsonObject,
  resolve: ResolveWorkflows,
  self: string | null = null,
): Promise<WorkflowTree> {
  const versions = new Map<string, TreeVersion>();
  const faults: TreeFault[] = [];
  const own = nestedSteps(spec);
  const nested: Record<string, string> = {};
  let level = own.map((step) => ({ step, through: step, into: nested }));
  let height = 0;
  while (level.length > 0) {
    height += 1;
    if (height > MAX_NESTING) {
      const message = `nests workflows in more than ${MAX_NESTING} levels; ${CIRCLE_HINT}`;
      faults.push(...level.map(({ through }) => faultAt(through, message)));
      break;
    }
    const resolved = await resolve(level.map(({ step }) => step));
    const next: typeof level = [];
    for (const [index, { step, through, into }] of level.entries()) {
      const found = resolved[index];
      const isSelf = self === step.workflowDefinitionId && step.version === null;
      if (isSelf || found?.kind !== 'found') {
        faults.push(isSelf ? faultAt(through, CIRCLE) : lookUpFault(step, through, found?.kind));
        continue;
      }
      into[step.stepId] = found.workflowVersionId;
      // One that is known goes on as well: it may be deeper here.
      const below = versions.get(found.workflowVersionId)?.nested ?? {};
      versions.set(found.workflowVersionId, { ...found, nested: below });
      next.push(...nestedSteps(found.spec).map((inner) => ({ step: inner, through, into: below })));
    }
    level = distinct(next);
  }
  const distinctFaults = [...new Map(faults.map((fault) => [fault.step.path, fault])).values()];
  return { versions, nested, height, faults: distinctFaults };
}

const CIRCLE_HINT = 'perhaps they call each other in a circle';
const CIRCLE = 'calls this workflow again: workflows must not call each other in a circle';

function lookUpFault(step: NestedStep, through: NestedStep, kind?: string): TreeFault {
  const { workflowDefinitionId: id, version } = step;
  if (kind !== 'no_version') return faultAt(through, `there is no workflow definition ${id}`);
  const fault = faultAt(through, `the workflow definition ${id} has no version ${version ?? ''}`);
  return step === through ? { ...fault, field: 'version' } : fault;
}

function faultAt(step: NestedStep, message: string): TreeFault {
  return { step, field: 'workflow_definition_id', message };
}

/** Each step of each version once: from here on, what several ways have led to is the same. */
function distinct<Entry extends { readonly step: NestedStep; readonly into: object }>(
  entries: readonly Entry[],
): Entry[] {
  const seen = new Map<object, Set<string>>();
  return entries.filter(({ step, into }) => {
    const steps = seen.get(into) ?? new Set();
    seen.set(into, steps);
    if (steps.has(step.stepId)) return false;
    steps.add(step.stepId);
    return true;
  });
}
