import { compileDocument, compileWhole, ITEM_ROOTS, neededSteps } from './compile-expressions';
import type { CompileContext } from './compile-expressions';
import { signalBuiltinOf, signalNameOf } from './compile-signals';
import { DEFAULT_RETRY } from './retry-policy';
import type { RetryPolicy } from './retry-policy';
import { suggest } from './suggest';
import type { PlannedLoop, PlannedStep, PlannedUse } from './workflow-plan';
import { DAY_SECONDS } from './workflow-spec.schema';
import type { ForEachSpec, RetrySpec, StepSpec } from './workflow-spec';

/** Items of a `for_each` under way at once, where the specification does not say. */
const DEFAULT_MAX_PARALLEL = 4;

/** Compiles one step, and adds what is wrong with it to the context's issues. */
export function compileStep(spec: StepSpec, at: string, context: CompileContext): PlannedStep {
  const when = spec.when === undefined ? null : compileWhole(spec.when, `${at}.when`, context);
  const forEach = spec.for_each === undefined ? null : compileLoop(spec.for_each, `${at}.for_each`, context);
  const itemRoots = spec.for_each === undefined ? [] : ITEM_ROOTS;
  const inputs = compileDocument(spec.inputs ?? {}, `${at}.inputs`, context, itemRoots);
  const mayTakeDays = signalBuiltinOf(spec) !== null || 'workflow_definition_id' in spec.uses;
  if ((spec.timeout_seconds ?? 0) > DAY_SECONDS && !mayTakeDays) {
    const message = `must be at most ${DAY_SECONDS}: only approval, signal and another workflow take longer`;
    context.issues.push({ path: `${at}.timeout_seconds`, message });
  }
  const references = [when, forEach?.items, inputs].flatMap((source) => source?.references ?? []);
  const named = (spec.needs ?? []).filter((id, index) => checkNeed(id, `${at}.needs[${index}]`, context));
  return {
    id: spec.id,
    uses: planUse(spec.uses),
    needs: [...new Set([...named, ...neededSteps(references, context)])],
    needsPolicy: spec.needs_policy ?? 'all_succeeded',
    when,
    forEach,
    signalName: signalNameOf(spec),
    inputs,
    retry: planRetry(spec.retry),
    timeoutMs: spec.timeout_seconds === undefined ? null : spec.timeout_seconds * 1000,
    onError: spec.on_error ?? 'fail',
  };
}

function compileLoop(spec: ForEachSpec, at: string, context: CompileContext): PlannedLoop | null {
  const items = compileWhole(spec.items, `${at}.items`, context);
  if (items === null) return null;
  return {
    items,
    maxParallel: spec.max_parallel ?? DEFAULT_MAX_PARALLEL,
    onItemError: spec.on_item_error ?? 'fail',
  };
}

function checkNeed(id: string, at: string, { neededIds, issues }: CompileContext): boolean {
  if (neededIds.includes(id)) return true;
  issues.push({ path: at, message: `"${id}" is not a step${suggest(id, neededIds)}` });
  return false;
}

function planUse(uses: StepSpec['uses']): PlannedUse {
  if ('builtin' in uses) return { kind: 'builtin', name: uses.builtin };
  if ('workflow_definition_id' in uses) {
    const { workflow_definition_id: workflowDefinitionId, version = null } = uses;
    return { kind: 'workflow', workflowDefinitionId, version };
  }
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
