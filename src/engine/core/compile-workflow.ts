import { compileDocument, FAILED_RUN_MEMBERS, RUN_MEMBERS } from './compile-expressions';
import type { CompileContext } from './compile-expressions';
import { signalHolders, signalIssues } from './compile-signals';
import type { WrittenStep } from './compile-signals';
import { compileStep } from './compile-step';
import { concurrencyPlace } from './concurrency';
import type { PlannedConcurrency } from './concurrency';
import { compileExpression } from './expression';
import { StepGraph } from './graph';
import type { Issue } from './issue';
import type { JsonValue } from './json';
import { compileSchema } from './json-schema';
import type { SchemaCheck } from './json-schema';
import { fail, ok } from './result';
import type { Result } from './result';
import type { PlannedStep, WorkflowPlan } from './workflow-plan';
import type { ConcurrencySpec, StepSpec, WorkflowSpec } from './workflow-spec';
import { WORKFLOW_SPEC_SCHEMA } from './workflow-spec.schema';

/** Steps of one run that may run at once, where the specification does not say. */
const DEFAULT_MAX_PARALLEL_STEPS = 8;

const checkShape = mustCompile(compileSchema(WORKFLOW_SPEC_SCHEMA));

/**
 * Checks a workflow's specification and compiles all of it. Nothing is left to be found when it runs but what
 * depends on values.
 *
 * @returns the plan; or everything that is wrong: with the document's shape, or else with its content
 */
export function compileWorkflow(document: JsonValue): Result<WorkflowPlan, Issue[]> {
  const shape = checkShape(document);
  if (shape.length > 0) return fail(shape);
  const spec = document as unknown as WorkflowSpec;
  const issues: Issue[] = [];
  const main = written(spec.steps, 'steps');
  const onFailure = written(spec.on_failure ?? [], 'on_failure');
  const all = [...main, ...onFailure];
  issues.push(...repeatedIds(all), ...signalIssues(all));

  const mainIds = distinctIds(main);
  const context = { neededIds: mainIds, knownIds: mainIds, runMembers: RUN_MEMBERS, issues };
  const checkParameters = compileParametersSchema(spec, issues);
  const concurrency = compileConcurrency(spec.concurrency, issues);
  const steps = compileSteps(main, 'steps', context);
  const failureSteps = compileSteps(onFailure, 'on_failure', {
    neededIds: distinctIds(onFailure),
    knownIds: distinctIds(all),
    runMembers: FAILED_RUN_MEMBERS,
    issues,
  });
  const result = spec.result === undefined ? null : compileDocument(spec.result, 'result', context);
  if (issues.length > 0) return fail(issues);

  return ok({
    steps: steps.ordered,
    onFailure: failureSteps.ordered,
    stepsById: new Map([...steps.ordered, ...failureSteps.ordered].map((step) => [step.id, step])),
    stepIds: distinctIds(all),
    nestedIds: all.filter(({ spec }) => 'workflow_definition_id' in spec.uses).map(({ spec }) => spec.id),
    leafIds: steps.leafIds,
    signals: signalHolders(all),
    maxParallelSteps: spec.max_parallel_steps ?? DEFAULT_MAX_PARALLEL_STEPS,
    timeoutMs: spec.timeout_seconds === undefined ? null : spec.timeout_seconds * 1000,
    concurrency,
    checkParameters: (params) => {
      const found = checkParameters(params, 'params');
      if (found.length > 0) return found;
      const place = concurrencyPlace(concurrency, params);
      return place.ok ? [] : [place.error];
    },
    result,
  });
}

function compileConcurrency(spec: ConcurrencySpec | undefined, issues: Issue[]): PlannedConcurrency | null {
  if (spec === undefined) return null;
  const key = compileExpression(spec.key, ['params']);
  if (!key.ok) {
    issues.push({ path: 'concurrency.key', message: key.error.message });
    return null;
  }
  return { key: key.value, max: spec.max ?? 1, onConflict: spec.on_conflict ?? 'queue' };
}

function written(specs: readonly StepSpec[], at: string): WrittenStep[] {
  return specs.map((spec, index) => ({ spec, path: `${at}[${index}]` }));
}

interface CompiledSteps {
  /** Each after its needs. */
  readonly ordered: readonly PlannedStep[];
  /** Those that no other needs, as they are written. */
  readonly leafIds: readonly string[];
}

function compileSteps(steps: readonly WrittenStep[], at: string, context: CompileContext): CompiledSteps {
  const compiled = steps.map(({ spec, path }) => compileStep(spec, path, context));
  const graph = new StepGraph(compiled);
  const order = graph.topologicalOrder();
  if (!order.ok) {
    const message = `need each other in a circle: ${order.error.join(' → ')}`;
    context.issues.push({ path: at, message });
    return { ordered: [], leafIds: [] };
  }
  const byId = new Map(compiled.map((step) => [step.id, step]));
  const ordered = order.value.map((id) => byId.get(id)).filter((step) => step !== undefined);
  return { ordered, leafIds: graph.leaves() };
}

function distinctIds(steps: readonly WrittenStep[]): string[] {
  return [...new Set(steps.map(({ spec }) => spec.id))];
}

function repeatedIds(steps: readonly WrittenStep[]): Issue[] {
  const firstAt = new Map<string, string>();
  const issues: Issue[] = [];
  for (const { spec, path } of steps) {
    const first = firstAt.get(spec.id);
    if (first === undefined) firstAt.set(spec.id, path);
    else issues.push({ path: `${path}.id`, message: `"${spec.id}" is already the id of ${first}` });
  }
  return issues;
}

function compileParametersSchema(spec: WorkflowSpec, issues: Issue[]): SchemaCheck {
  const compiled = compileSchema(spec.parameters_schema ?? true, 'parameters_schema');
  if (compiled.ok) return compiled.value;
  issues.push(...compiled.error);
  return () => [];
}

/** For a schema of our own: that it compiles is a matter of this program, not of any input. */
function mustCompile(compiled: Result<SchemaCheck, Issue[]>): SchemaCheck {
  if (compiled.ok) return compiled.value;
  throw new Error(`The schema of workflows does not compile: ${JSON.stringify(compiled.error)}`);
}
