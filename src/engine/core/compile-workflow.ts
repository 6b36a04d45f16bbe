import { compileDocument, FAILED_RUN_MEMBERS, RUN_MEMBERS } from './compile-expressions';
import type { CompileContext } from './compile-expressions';
import { signalHolders, signalIssues } from './compile-signals';
import type { WrittenStep } from './compile-signals';
import { compileStep } from './compile-step';
import { StepGraph } from './graph';
import type { Issue } from './issue';
import type { JsonValue } from './json';
import { compileParameters } from './parameters';
import { fail, ok } from './result';
import type { Result } from './result';
import { shapeIssues, wholeOf } from './sound-part';
import type { PlacedId, SoundPart } from './sound-part';
import type { PlannedStep, WorkflowPlan } from './workflow-plan';
import type { StepSpec } from './workflow-spec';

/** Steps of one run that may run at once, where the specification does not say. */
const DEFAULT_MAX_PARALLEL_STEPS = 8;

/**
 * Compiles a workflow's specification. Nothing is left to be found when it runs but what depends on values.
 *
 * @returns the plan; or what keeps it from running: something of the document's shape, or else of its content. What is
 *   refused beyond that when it is saved, and may be there in older versions, check-workflow.ts tells.
 */
export function compileWorkflow(document: JsonValue): Result<WorkflowPlan, Issue[]> {
  const shape = shapeIssues(document);
  if (shape.length > 0) return fail(shape);
  const { plan, issues } = compileContent(wholeOf(document));
  return issues.length > 0 ? fail(issues) : ok(plan);
}

/** A step and what it was compiled to. */
export interface CompiledStep extends WrittenStep {
  readonly step: PlannedStep;
}

/** What compiling a specification comes to. */
export interface CompiledWorkflow {
  /** To be used where there are no issues. */
  readonly plan: WorkflowPlan;
  /** Of both lists, as they are written. */
  readonly compiled: readonly CompiledStep[];
  /** What is wrong with the content. */
  readonly issues: Issue[];
}

/** Compiles what is right in its shape, and tells all that is wrong with its content. */
export function compileContent({ spec, ids }: SoundPart): CompiledWorkflow {
  const issues: Issue[] = [];
  const main = written(spec.steps, 'steps');
  const onFailure = written(spec.on_failure ?? [], 'on_failure');
  const all = [...main, ...onFailure];
  const [mainIds, failureIds] = [distinctIds(ids.steps), distinctIds(ids.on_failure)];
  const allIds = distinctIds([...ids.steps, ...ids.on_failure]);
  issues.push(...repeatedIds([...ids.steps, ...ids.on_failure]), ...signalIssues(all));

  const context = { neededIds: mainIds, knownIds: mainIds, runMembers: RUN_MEMBERS, issues };
  const parameters = compileParameters(spec, issues);
  const steps = compileSteps(main, 'steps', context);
  const failureSteps = compileSteps(onFailure, 'on_failure', {
    neededIds: failureIds,
    knownIds: allIds,
    runMembers: FAILED_RUN_MEMBERS,
    issues,
  });
  const result = spec.result === undefined ? null : compileDocument(spec.result, 'result', context);
  const plan = {
    steps: steps.ordered,
    onFailure: failureSteps.ordered,
    stepsById: new Map([...steps.ordered, ...failureSteps.ordered].map((step) => [step.id, step])),
    stepIds: allIds,
    nestedIds: all.filter(({ spec }) => 'workflow_definition_id' in spec.uses).map(({ spec }) => spec.id),
    leafIds: steps.leafIds,
    signals: signalHolders(all),
    maxParallelSteps: spec.max_parallel_steps ?? DEFAULT_MAX_PARALLEL_STEPS,
    timeoutMs: spec.timeout_seconds === undefined ? null : spec.timeout_seconds * 1000,
    concurrency: parameters.concurrency,
    checkParameters: parameters.check,
    result,
  };
  return { plan, compiled: [...steps.compiled, ...failureSteps.compiled], issues };
}

function written(steps: readonly (StepSpec | null)[], at: string): WrittenStep[] {
  return steps.flatMap((spec, index) => (spec === null ? [] : [{ spec, path: `${at}[${index}]` }]));
}

interface CompiledSteps {
  /** As they are written. */
  readonly compiled: readonly CompiledStep[];
  /** Each after its needs. */
  readonly ordered: readonly PlannedStep[];
  /** Those that no other needs, as they are written. */
  readonly leafIds: readonly string[];
}

function compileSteps(steps: readonly WrittenStep[], at: string, context: CompileContext): CompiledSteps {
  const compiled = steps.map((step) => ({ ...step, step: compileStep(step.spec, step.path, context) }));
  const byId = new Map(compiled.map(({ step }) => [step.id, step]));
  // A step whose form is wrong is needed by others, but what it needs itself is not known.
  const graph = new StepGraph(
    compiled.map(({ step: { id, needs } }) => ({ id, needs: needs.filter((need) => byId.has(need)) })),
  );
  const order = graph.topologicalOrder();
  if (!order.ok) {
    const message = `need each other in a circle: ${order.error.join(' → ')}`;
    context.issues.push({ path: at, message });
    return { compiled, ordered: [], leafIds: [] };
  }
  const ordered = order.value.map((id) => byId.get(id)).filter((step) => step !== undefined);
  return { compiled, ordered, leafIds: graph.leaves() };
}

function distinctIds(steps: readonly PlacedId[]): string[] {
  return [...new Set(steps.map(({ id }) => id))];
}

function repeatedIds(steps: readonly PlacedId[]): Issue[] {
  const firstAt = new Map<string, string>();
  const issues: Issue[] = [];
  for (const { id, path } of steps) {
    const first = firstAt.get(id);
    if (first === undefined) firstAt.set(id, path);
    else issues.push({ path: `${path}.id`, message: `"${id}" is already the id of ${first}` });
  }
  return issues;
}
