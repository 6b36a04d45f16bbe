import { computedSizeFault } from './computed-size';
import type { EvaluationOptions, Expression, ExpressionFault, Scope } from './expression';
import type { JsonValue } from './json';
import { fail, ok } from './result';
import type { Result } from './result';
import { kindOf } from './schema-issues';

/** Items of one `for_each`. */
export const MAX_ITEMS = 10_000;

/** What a step's `when` says; or what is wrong with what it gives. */
export function conditionOf(
  when: Expression,
  scope: Scope,
  options: EvaluationOptions,
): Result<boolean, ExpressionFault> {
  const given = when.evaluate(scope, options);
  if (!given.ok) return given;
  if (typeof given.value === 'boolean') return ok(given.value);
  const message = `must give true or false, not ${kindOf(given.value)}`;
  return fail({ code: 'EXPRESSION_ERROR', message });
}

/** The items of a `for_each`; or what is wrong with what its expression gives. */
export function itemsOf(
  items: Expression,
  scope: Scope,
  options: EvaluationOptions,
): Result<JsonValue[], ExpressionFault> {
  const given = items.evaluate(scope, options);
  if (!given.ok) return given;
  if (!Array.isArray(given.value)) {
    const message = `must give a list, not ${kindOf(given.value)}`;
    return fail({ code: 'EXPRESSION_ERROR', message });
  }
  if (given.value.length > MAX_ITEMS) {
    const message = `gives ${given.value.length} items; ${MAX_ITEMS} are allowed`;
    return fail({ code: 'EXPRESSION_TOO_COSTLY', message });
  }
  const tooLarge = computedSizeFault(given.value);
  return tooLarge === null ? ok(given.value) : fail(tooLarge);
}
