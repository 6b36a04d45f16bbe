import { checkBuiltinInputs } from './builtin-inputs';
import { compileExpression } from './expression';
import type { Expression, Reference } from './expression';
import type { Issue } from './issue';
import type { JsonValue } from './json';
import { DEFAULT_RETRY } from './retry-policy';
import type { RetryPolicy } from './retry-policy';
import { suggest } from './suggest';
import { compileTemplate } from './template';
import type { Template } from './template';
import type { PlannedStep, PlannedUse } from './workflow-plan';
import type { RetrySpec, StepSpec } from './workflow-spec';

/** The names that a workflow's expressions may use. */
export const WORKFLOW_ROOTS = ['params', 'steps', 'run'] as const;

/** The members of the roots `steps.<id>` and `run`. */
const STEP_MEMBERS: readonly string[] = ['status', 'output', 'error'];
const RUN_MEMBERS: readonly string[] = ['id', 'created_at'];

/** Stands in for what did not compile; a plan with issues is never handed out. */
const NOTHING: Template = {
  references: [],
  secretNames: [],
  isConstant: true,
  render: () => ({ ok: true, value: null }),
};

/** What a whole workflow's compilation gathers on its way. */
export interface CompileContext {
  readonly knownIds: readonly string[];
  readonly issues: Issue[];
}

/** Compiles one step, and adds what is wrong with it to the context's issues. */
export function compileStep(spec: StepSpec, at: string, context: CompileContext): PlannedStep {
  const when = spec.when === undefined ? null : compileWhen(spec.when, `${at}.when`, context);
  const inputs = compileDocument(spec.inputs ?? {}, `${at}.inputs`, context);
  if ('builtin' in spec.uses) {
    context.issues.push(...checkBuiltinInputs(spec.uses.builtin, spec.inputs ?? {}, `${at}.inputs`));
  }
  const referred = [...(when?.references ?? []), ...inputs.references].flatMap(stepOf);
  const named = (spec.needs ?? []).filter((id, index) => checkNeed(id, `${at}.needs[${index}]`, context));
  return {
    id: spec.id,
    uses: planUse(spec.uses),
    needs: [...new Set([...named, ...referred.filter((id) => context.knownIds.includes(id))])],
    needsPolicy: spec.needs_policy ?? 'all_succeeded',
    when,
    inputs,
    retry: planRetry(spec.retry),
    timeoutMs: spec.timeout_seconds === undefined ? null : spec.timeout_seconds * 1000,
    onError: spec.on_error ?? 'fail',
  };
}

/** Compiles a document with expressions over the workflow's names. */
export function compileDocument(source: JsonValue, at: string, context: CompileContext): Template {
  const compiled = compileTemplate(source, WORKFLOW_ROOTS, { at });
  if (!compiled.ok) {
    context.issues.push(...compiled.error);
    return NOTHING;
  }
  checkReferences(compiled.value.references, at, context);
  return compiled.value;
}

function compileWhen(source: string, at: string, context: CompileContext): Expression | null {
  if (source.includes('${{')) {
    context.issues.push({ path: at, message: 'is an expression as a whole: write it without ${{ }}' });
    return null;
  }
  const compiled = compileExpression(source, WORKFLOW_ROOTS);
  if (!compiled.ok) {
    context.issues.push({ path: at, message: compiled.error.message });
    return null;
  }
  checkReferences(compiled.value.references, at, context);
  return compiled.value;
}

/** Adds what the expressions at a path name and the workflow does not have. */
function checkReferences(references: readonly Reference[], at: string, context: CompileContext): void {
  const messages = references.map((path) => referenceFault(path, context.knownIds));
  for (const message of new Set(messages)) {
    if (message !== null) context.issues.push({ path: at, message });
  }
}

function referenceFault([root, first, second]: Reference, knownIds: readonly string[]): string | null {
  if (root === 'run' && first !== undefined && !RUN_MEMBERS.includes(first)) {
    return `"run.${first}" is not known${suggest(first, RUN_MEMBERS)}`;
  }
  if (root !== 'steps') return null;
  // Which steps a step needs has to be known before anything runs.
  if (first === undefined) return '"steps" must be followed by the id of a step: steps.<id>.output';
  if (!knownIds.includes(first)) return `"steps.${first}" is not a step${suggest(first, knownIds)}`;
  if (second === undefined || STEP_MEMBERS.includes(second)) return null;
  return `"steps.${first}.${second}" is not known${suggest(second, STEP_MEMBERS)}`;
}

function stepOf([root, id]: Reference): string[] {
  return root === 'steps' && id !== undefined ? [id] : [];
}

function checkNeed(id: string, at: string, { knownIds, issues }: CompileContext): boolean {
  if (knownIds.includes(id)) return true;
  issues.push({ path: at, message: `"${id}" is not a step${suggest(id, knownIds)}` });
  return false;
}

function planUse(uses: StepSpec['uses']): PlannedUse {
  if ('builtin' in uses) return { kind: 'builtin', name: uses.builtin };
  return {
    kind: 'component',
    mcpDefinitionId: uses.mcp_definition_id,
    version: uses.version ?? null,
    tool: uses.tool ?? null,
  };
}

function planRetry(spec: RetrySpec | undefined): RetryPolicy {
  if (spec === undefined) return DEFAULT_RETRY;
  return {
    maxAttempts: spec.max_attempts,
    initialMs: spec.initial_ms ?? DEFAULT_RETRY.initialMs,
    factor: spec.factor ?? DEFAULT_RETRY.factor,
    maxMs: spec.max_ms ?? DEFAULT_RETRY.maxMs,
    jitter: spec.jitter ?? DEFAULT_RETRY.jitter,
    neverOn: spec.never_on ?? DEFAULT_RETRY.neverOn,
  };
}
