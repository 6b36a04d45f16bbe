import { AppError } from '../../common/errors/app-error';
import { compileExpression, type Expression, type Scope } from '../../engine/core/expression';
import type { Issue } from '../../engine/core/issue';
import type { JsonValue } from '../../engine/core/json';
import { fail, ok, type Result } from '../../engine/core/result';
import { scanPlaceholders } from '../../engine/core/template-scanner';
import { addressFault } from '../http-address';

/**
 * Where in the address a placeholder stands, which decides what its value may be:
 * `whole`: the address or its beginning, an absolute http(s) address; `host`: part of the host or port;
 * `path`: path, query or fragment, where the value is percent-encoded.
 */
type Place = 'whole' | 'host' | 'path';

type Part = string | { readonly expression: Expression; readonly place: Place };

/** A compiled address. */
export interface UrlTemplate {
  /** @throws AppError EXPRESSION_ERROR or INVALID_INPUT */
  render(scope: Scope): URL;
}

const HOST_VALUE = /^[0-9A-Za-z.-]+$/;

/**
 * Compiles `url`. Inputs cannot lead a request elsewhere than its author wrote: a value in the path or the
 * query is encoded (`/` becomes `%2F`, and `.` or `..` alone is refused), a value in the host may hold
 * letters, digits, dots and hyphens only, and the scheme must be written out. Only a placeholder that begins
 * the address gives away the choice of the server.
 */
export function compileUrl(
  source: string,
  roots: readonly string[],
  path: string,
): Result<UrlTemplate, Issue[]> {
  const scanned = scanPlaceholders(source);
  if (!scanned.ok) return fail([{ path, message: scanned.error }]);
  const issues: Issue[] = [];
  const parts: Part[] = [];
  const opens = scanned.value[0]?.kind === 'placeholder';
  let before = '';
  for (const [index, part] of scanned.value.entries()) {
    if (part.kind === 'text') {
      if (opens && index === 1 && !/^[/?#]/.test(part.text)) {
        issues.push({ path, message: 'a placeholder that begins it must be followed by /, ? or #' });
      }
      before += part.text;
      parts.push(part.text);
      continue;
    }
    const place = placeOf(before, opens);
    const compiled = compileExpression(part.source, roots);
    if (!compiled.ok) issues.push({ path, message: compiled.error.message });
    else if (place === null)
      issues.push({ path, message: 'must begin with http:// or https:// written out' });
    else parts.push({ expression: compiled.value, place });
    before += before === '' ? 'http://x' : 'x';
  }
  // A port that is a placeholder reads ":x", which no parser takes.
  const message = addressFault(before.replace(/:x(?=[/?#]|$)/, ':1'));
  if (message !== null) issues.push({ path, message });
  return issues.length > 0 ? fail(issues) : ok({ render: (scope) => render(parts, scope) });
}

/** `before` is the text so far with something in the place of every value; `opens`: it began with one. */
function placeOf(before: string, opens: boolean): Place | null {
  if (before === '') return 'whole';
  if (opens) return 'path';
  if (!/^https?:\/\//i.test(before)) return null;
  return /^https?:\/\/[^/?#]*[/?#]/i.test(before) ? 'path' : 'host';
}

function render(parts: readonly Part[], scope: Scope): URL {
  const text = parts
    .map((part) => (typeof part === 'string' ? part : encode(evaluate(part.expression, scope), part.place)))
    .join('');
  const fault = addressFault(text);
  if (fault !== null) throw new AppError('INVALID_INPUT', `url: with these inputs it ${fault}`);
  return new URL(text);
}

function evaluate(expression: Expression, scope: Scope): JsonValue {
  const result = expression.evaluate(scope);
  if (!result.ok) throw new AppError(result.error.code, `url: ${result.error.message}`);
  return result.value;
}

function encode(value: JsonValue, place: Place): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new AppError('INVALID_INPUT', 'url: a value in it must be text, a number or a boolean');
  }
  const text = String(value);
  switch (place) {
    case 'whole':
      return text;
    case 'host':
      if (HOST_VALUE.test(text)) return text;
      throw new AppError(
        'INVALID_INPUT',
        'url: a value in the host may hold letters, digits, dots and hyphens only',
      );
    case 'path':
      // The parser of addresses would take these for "here" and "one up", encoded or not.
      if (/^\.{1,2}$/.test(text))
        throw new AppError('INVALID_INPUT', `url: a value in the path cannot be "${text}"`);
      // A lone surrogate has no encoding; it becomes U+FFFD as everywhere in the platform.
      return encodeURIComponent(text.toWellFormed());
  }
}
