import { compileDocument } from './compile-expressions';
import type { CompileContext } from './compile-expressions';
import { signalBuiltinOf, signalIssues, signalNameOf } from './compile-signals';
import { compileStep } from './compile-step';
import { StepGraph } from './graph';
import type { Issue } from './issue';
import type { JsonValue } from './json';
import { compileSchema } from './json-schema';
import type { SchemaCheck } from './json-schema';
import { fail, ok } from './result';
import type { Result } from './result';
import type { SignalHolder, WorkflowPlan } from './workflow-plan';
import type { StepSpec, WorkflowSpec } from './workflow-spec';
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
  const knownIds = [...new Set(spec.steps.map(({ id }) => id))];
  const issues: Issue[] = [...repeatedIds(spec.steps), ...signalIssues(spec.steps, 'steps')];
  const context: CompileContext = { knownIds, issues };

  const checkParameters = compileParametersSchema(spec, issues);
  const steps = spec.steps.map((step, index) => compileStep(step, `steps[${index}]`, context));
  const result = spec.result === undefined ? null : compileDocument(spec.result, 'result', context);
  const graph = new StepGraph(steps);
  const order = graph.topologicalOrder();
  if (!order.ok)
    issues.push({ path: 'steps', message: `need each other in a circle: ${order.error.join(' → ')}` });
  if (!order.ok || issues.length > 0) return fail(issues);

  const stepsById = new Map(steps.map((step) => [step.id, step]));
  return ok({
    steps: order.value.map((id) => stepsById.get(id)).filter((step) => step !== undefined),
    stepsById,
    leafIds: graph.leaves(),
    signals: signalsOf(spec.steps),
    maxParallelSteps: spec.max_parallel_steps ?? DEFAULT_MAX_PARALLEL_STEPS,
    timeoutMs: spec.timeout_seconds === undefined ? null : spec.timeout_seconds * 1000,
    checkParameters: (params) => checkParameters(params, 'params'),
    result,
  });
}

function repeatedIds(steps: readonly StepSpec[]): Issue[] {
  const firstAt = new Map<string, number>();
  const issues: Issue[] = [];
  steps.forEach(({ id }, index) => {
    const first = firstAt.get(id);
    if (first === undefined) firstAt.set(id, index);
    else issues.push({ path: `steps[${index}].id`, message: `"${id}" is already the id of steps[${first}]` });
  });
  return issues;
}

function signalsOf(steps: readonly StepSpec[]): Map<string, SignalHolder> {
  const signals = new Map<string, SignalHolder>();
  for (const step of steps) {
    const builtin = signalBuiltinOf(step);
    const name = signalNameOf(step);
    if (builtin !== null && name !== null) signals.set(name, { stepId: step.id, builtin });
  }
  return signals;
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
