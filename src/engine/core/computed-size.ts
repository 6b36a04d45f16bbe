import type { ExpressionFault, Scope } from './expression';
import { MAX_RUN_OUTPUT_BYTES } from './held-outputs';
import type { JsonValue } from './json';
import { fail } from './result';
import type { Result } from './result';
import type { Template, TemplateFault } from './template';

/**
 * The most that the expressions of one document may make of it (inputs, the items of a `for_each`, a result), characters
 * of JSON. A value that refers to one large output many times costs next to nothing until it is written down; then it
 * can take more memory than its worker has, before anything of it is recorded. Whatever refers to each output of a run
 * once has room.
 */
export const MAX_COMPUTED_SIZE = MAX_RUN_OUTPUT_BYTES;

/** Renders a document of a run, at its path; refused as well where what comes out is too large. */
export function renderWithin(
  template: Template,
  path: string,
  scope: Scope,
  now: number,
): Result<JsonValue, TemplateFault> {
  const rendered = template.render(scope, { now });
  if (!rendered.ok || template.isConstant) return rendered;
  const fault = computedSizeFault(rendered.value);
  return fault === null ? rendered : fail({ ...fault, path });
}

/** What is wrong with the size of a value that was computed; null when it is small enough. */
export function computedSizeFault(value: JsonValue): ExpressionFault | null {
  if (!isLargerThan(value, MAX_COMPUTED_SIZE)) return null;
  const message = `gives more than the ${MAX_COMPUTED_SIZE} characters of JSON that are allowed`;
  return { code: 'EXPRESSION_TOO_COSTLY', message };
}

/**
 * Whether a value surely takes more than so many characters of JSON (escapes count as what they stand for, numbers as
 * one). Walks no further than it takes to tell, and makes no text.
 */
export function isLargerThan(value: JsonValue, characters: number): boolean {
  let size = 0;
  // A list of what is still to be looked at, because a value may be nested deeper than calls can be.
  const rest: JsonValue[] = [value];
  while (rest.length > 0 && size <= characters) {
    const next = rest.pop() ?? null;
    if (typeof next === 'string') {
      size += next.length + 2;
    } else if (typeof next !== 'object' || next === null) {
      size += 1;
    } else if (Array.isArray(next)) {
      // Brackets, and commas between.
      size += next.length + 1;
      for (const item of next) rest.push(item);
    } else {
      for (const [key, member] of Object.entries(next)) {
        size += key.length + 4;
        rest.push(member);
      }
    }
  }
  return size > characters;
}
