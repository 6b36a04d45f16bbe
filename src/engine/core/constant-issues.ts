import { builtinInputIssues } from './builtin-inputs';
import { WorkMeter } from './cel/work-meter';
import { MAX_WORK } from './cel/limits';
import type { CompiledStep, CompiledWorkflow } from './compile-workflow';
import { concurrencyKey } from './concurrency';
import type { EvaluationOptions, Expression } from './expression';
import type { Issue } from './issue';
import { nestedInputIssues } from './nested-run';
import { jsonBytes, outputSizeFault } from './output-size';
import type { Result } from './result';
import { conditionOf, itemsOf } from './step-values';
import type { Template } from './template';

/**
 * What would fail in every run that comes to it, because it depends on no value: constant expressions and inputs, looked
 * at by the functions that look at them in a run. It is refused when a workflow is saved. Older versions may have it,
 * and their runs go on until they come to it.
 */
export function constantIssues({ compiled, plan }: CompiledWorkflow): Issue[] {
  const constants = new Constants();
  const { concurrency } = plan;
  return [
    ...(concurrency === null
      ? []
      : constants.judge(concurrency.key, 'concurrency.key', (options) => {
          const key = concurrencyKey(concurrency.key, {}, options);
          return key.ok ? key : { ok: false, error: { message: key.error } };
        })),
    ...compiled.flatMap((step) => [
      ...expressionIssues(step, constants),
      ...templateIssues(step.step.inputs, constants),
      ...inputIssues(step),
    ]),
    ...(plan.result === null ? [] : templateIssues(plan.result, constants)),
  ];
}

function templateIssues({ expressions }: Template, constants: Constants): Issue[] {
  return expressions.flatMap(({ path, expression }) =>
    constants.judge(expression, path, (options) => expression.evaluate({}, options)),
  );
}

function expressionIssues({ step: { when, forEach }, path }: CompiledStep, constants: Constants): Issue[] {
  const issues: Issue[] = [];
  if (when !== null) {
    issues.push(...constants.judge(when, `${path}.when`, (options) => conditionOf(when, {}, options)));
  }
  if (forEach !== null) {
    const { items } = forEach;
    const at = `${path}.for_each.items`;
    issues.push(...constants.judge(items, at, (options) => itemsOf(items, {}, options)));
  }
  return issues;
}

function inputIssues({ spec: { uses, inputs = {} }, step, path }: CompiledStep): Issue[] {
  const at = `${path}.inputs`;
  if ('workflow_definition_id' in uses) return nestedInputIssues(inputs, at);
  if (!('builtin' in uses)) return [];
  if (uses.builtin !== 'set') return builtinInputIssues(uses.builtin, inputs, at);
  const fault = step.inputs.isConstant ? outputSizeFault(jsonBytes(inputs)) : null;
  return fault === null ? [] : [{ path: at, message: fault.message }];
}

/**
 * The constant expressions of one workflow. Together they may cost little more than one evaluation in a run: whoever saves
 * hundreds of costly ones keeps nobody waiting. Those past that are left to the runs.
 */
class Constants {
  private work = 0;

  judge<Value>(
    expression: Expression,
    path: string,
    evaluate: (options: EvaluationOptions) => Result<Value, { readonly message: string }>,
  ): Issue[] {
    if (!expression.isConstant || this.work >= MAX_WORK) return [];
    const meter = new WorkMeter();
    const result = evaluate({ meter });
    this.work += meter.used;
    return result.ok ? [] : [{ path, message: result.error.message }];
  }
}
