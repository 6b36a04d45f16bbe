import { RE2JS } from 're2js';

import { fail, ok } from './result';
import type { Result } from './result';

/** Characters of a regular expression. */
const MAX_PATTERN_LENGTH = 1000;

/** Instructions of a compiled pattern: matching takes up to this many steps a character. */
const MAX_PROGRAM_SIZE = 1000;

/** Compiled patterns that are kept; compiling takes up to some milliseconds. */
const MAX_KEPT_PATTERNS = 500;

/** Why a pattern is refused. */
export interface PatternFault {
  readonly tooLarge: boolean;
  readonly message: string;
}

const kept = new Map<string, RE2JS>();

/** Whether {@link compilePattern} already holds this pattern, so that it costs nothing. */
export function isPatternCompiled(pattern: string): boolean {
  return kept.has(pattern);
}

/**
 * Compiles a regular expression for RE2, which matches in time linear in the text whatever the pattern
 * (https://swtch.com/~rsc/regexp/regexp1.html); JavaScript's own engine backtracks and can hang. The price:
 * no look-around and no back-references.
 */
export function compilePattern(pattern: string): Result<RE2JS, PatternFault> {
  const known = kept.get(pattern);
  if (known !== undefined) return ok(known);
  if (pattern.length > MAX_PATTERN_LENGTH) {
    return fail({
      tooLarge: true,
      message: `the pattern has ${pattern.length} characters; ${MAX_PATTERN_LENGTH} are allowed`,
    });
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : '';
    return fail({ tooLarge: false, message: `the pattern is no RE2 regular expression: ${reason}` });
  }
  if (compiled.programSize() > MAX_PROGRAM_SIZE) {
    return fail({ tooLarge: true, message: 'the pattern is too large once its repetitions are written out' });
  }
  const oldest = kept.keys().next().value;
  if (kept.size >= MAX_KEPT_PATTERNS && oldest !== undefined) kept.delete(oldest);
  kept.set(pattern, compiled);
  return ok(compiled);
}
