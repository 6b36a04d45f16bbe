import type { EvaluationOptions, Expression } from './expression';
import type { Issue } from './issue';
import type { JsonValue } from './json';
import { fail, ok } from './result';
import type { Result } from './result';
import type { OnConflict } from './workflow-spec';

/** How many runs with the same key run at a time. */
export interface PlannedConcurrency {
  readonly key: Expression;
  readonly max: number;
  readonly onConflict: OnConflict;
}

/** What a run needs a place under, before it begins. */
export interface ConcurrencyPlace {
  /** The key's value as JSON: a number and a text that look alike are two keys. */
  readonly key: string;
  readonly max: number;
  readonly onConflict: OnConflict;
}

/** Characters of a key as JSON: it is part of an index. */
export const MAX_KEY_LENGTH = 500;

/** What a run with these parameters has for a key, as JSON; or why it can have none. */
export function concurrencyKey(
  key: Expression,
  params: JsonValue,
  options?: EvaluationOptions,
): Result<string, string> {
  const value = key.evaluate({ params }, options);
  if (!value.ok) return fail(value.error.message);
  const text = JSON.stringify(value.value);
  return text.length <= MAX_KEY_LENGTH ? ok(text) : fail(`is longer than ${MAX_KEY_LENGTH} characters`);
}

/** The place that a run with these parameters needs; null where its workflow asks for none. */
export function concurrencyPlace(
  concurrency: PlannedConcurrency | null,
  params: JsonValue,
): Result<ConcurrencyPlace | null, Issue> {
  if (concurrency === null) return ok(null);
  const { max, onConflict } = concurrency;
  const key = concurrencyKey(concurrency.key, params);
  if (!key.ok) return fail({ path: 'params', message: `concurrency.key: ${key.error}` });
  return ok({ key: key.value, max, onConflict });
}
