import { concurrencyPlace } from './concurrency';
import type { PlannedConcurrency } from './concurrency';
import { compileExpression } from './expression';
import type { Issue } from './issue';
import type { JsonValue } from './json';
import { compileSchema } from './json-schema';
import type { SchemaCheck } from './json-schema';
import { isConstantTemplate } from './template-scanner';
import type { ConcurrencySpec, WorkflowSpec } from './workflow-spec';

/**
 * Checks the parameters of a run: by the workflow's schema, then whether a concurrency key comes of them.
 *
 * @param at what every path begins with; `params` by default
 * @param form `template`: its strings may hold `${{ expressions }}`, and only what is wrong whatever they give is told
 */
export type ParametersCheck = (params: JsonValue, at?: string, form?: 'value' | 'template') => Issue[];

/** What a workflow wants of the parameters of its runs. */
export interface PlannedParameters {
  readonly check: ParametersCheck;
  /** null: any number of runs at a time. */
  readonly concurrency: PlannedConcurrency | null;
}

/**
 * Compiles what a workflow says about parameters.
 *
 * @param issues gets what is wrong with that
 */
export function compileParameters(
  spec: Pick<WorkflowSpec, 'parameters_schema' | 'concurrency'>,
  issues: Issue[],
): PlannedParameters {
  const checkSchema = compileParametersSchema(spec.parameters_schema ?? true, issues);
  const concurrency = compileConcurrency(spec.concurrency, issues);
  return {
    concurrency,
    check: (params, at = 'params', form = 'value') => {
      const found = checkSchema(params, at, form);
      if (found.length > 0 || (form === 'template' && !isConstantTemplate(params))) return found;
      const place = concurrencyPlace(concurrency, params);
      return place.ok ? [] : [{ ...place.error, path: at }];
    },
  };
}

function compileParametersSchema(schema: JsonValue, issues: Issue[]): SchemaCheck {
  const compiled = compileSchema(schema, 'parameters_schema');
  if (compiled.ok) return compiled.value;
  issues.push(...compiled.error);
  return () => [];
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
