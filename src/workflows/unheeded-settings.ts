import { ERROR_CODES } from '../common/errors/error-codes';
import type { Issue } from '../engine/core/issue';
import { isJsonObject, type JsonObject, type JsonValue } from '../engine/core/json';
import { suggest } from '../engine/core/suggest';
import { stepsOf } from './spec-steps';

const CODES = Object.keys(ERROR_CODES);

/** Builtins that no time limit applies to: two are done at once, and a `wait` says itself how long it takes. */
const WITHOUT_LIMIT: readonly string[] = ['set', 'wait', 'fail'];

/**
 * What a compiled spec asks for and no run would heed: a code of `never_on` that no error has, a time limit of what has
 * none. Its author would rely on it, so it is refused. Runs of what was stored before are not asked about it.
 */
export function unheededSettings(spec: JsonObject): Issue[] {
  return stepsOf(spec).flatMap(({ at, uses, step }) => [
    ...unknownCodes(step['retry'], `${at}.retry.never_on`),
    ...uselessLimit(uses['builtin'], step['timeout_seconds'], `${at}.timeout_seconds`),
  ]);
}

function uselessLimit(builtin: JsonValue | undefined, limit: JsonValue | undefined, path: string): Issue[] {
  if (limit === undefined || typeof builtin !== 'string' || !WITHOUT_LIMIT.includes(builtin)) return [];
  return [{ path, message: `does nothing for ${builtin}: leave it out` }];
}

function unknownCodes(retry: JsonValue | undefined, at: string): Issue[] {
  const codes = isJsonObject(retry) && Array.isArray(retry['never_on']) ? retry['never_on'] : [];
  return codes.flatMap((code, index) =>
    typeof code !== 'string' || CODES.includes(code)
      ? []
      : [{ path: `${at}[${index}]`, message: `"${code}" is not an error code${suggest(code, CODES)}` }],
  );
}
