import type { JsonValue } from './json';
import { fail, ok } from './result';
import type { Result } from './result';

/** A stretch of a template string. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly source: string };

const OPEN = '${{';
const CLOSE = '}}';

/**
 * Cuts a string into its text and its `${{ placeholders }}`. Placeholders are read as expressions are, with
 * their strings and braces, so that `${{ {"a": "}}"}["a"] }}` is one. `$${{` is a literal `${{`.
 *
 * @returns the parts (at least one), or the message of what is wrong
 */
export function scanPlaceholders(source: string): Result<TemplatePart[], string> {
  const parts: TemplatePart[] = [];
  let text = '';
  let at = 0;
  for (;;) {
    const open = source.indexOf(OPEN, at);
    if (open < 0) break;
    if (source[open - 1] === '$' && open > at) {
      text += source.slice(at, open - 1) + OPEN;
      at = open + OPEN.length;
      continue;
    }
    text += source.slice(at, open);
    const start = open + OPEN.length;
    const end = endOfPlaceholder(source, start);
    if (end === null) return fail(`the "${OPEN}" at character ${open + 1} has no "${CLOSE}"`);
    if (text !== '') parts.push({ kind: 'text', text });
    parts.push({ kind: 'placeholder', source: source.slice(start, end) });
    text = '';
    at = end + CLOSE.length;
  }
  text += source.slice(at);
  if (text !== '' || parts.length === 0) parts.push({ kind: 'text', text });
  return ok(parts);
}

/**
 * What a template string gives: itself (nothing in it is computed), a text that is partly computed, or the value of its
 * one expression, which may be of any type. One that is no template, which compiling refuses, may be anything, too.
 */
export type StringForm = 'constant' | 'text' | 'any';

/** Says it from the string alone. */
export function formOf(source: string): StringForm {
  const scanned = scanPlaceholders(source);
  if (!scanned.ok) return 'any';
  if (scanned.value.every(({ kind }) => kind === 'text')) return 'constant';
  return scanned.value.length === 1 ? 'any' : 'text';
}

/** Whether what a template gives may be of any type: it is one expression as a whole. */
export function mayBeAny(template: JsonValue): boolean {
  return typeof template === 'string' && formOf(template) === 'any';
}

/** Whether nothing in a template is computed, nor written otherwise than it will be (`$${{`). */
export function isConstantTemplate(template: JsonValue): boolean {
  if (typeof template === 'string') return !template.includes(OPEN);
  if (typeof template !== 'object' || template === null) return true;
  return Object.values(template).every((member) => isConstantTemplate(member));
}

/** Where the `}}` of a placeholder stands: the first outside of strings and braces. */
function endOfPlaceholder(source: string, start: number): number | null {
  let depth = 0;
  let at = start;
  while (at < source.length) {
    const character = source[at];
    if (character === '"' || character === "'") {
      at = endOfString(source, at);
      continue;
    }
    if (character === '{') depth++;
    if (character === '}') {
      if (depth === 0 && source[at + 1] === '}') return at;
      depth--;
    }
    at++;
  }
  return null;
}

/** The place after a CEL string that opens at `start`, in one quote or three; a backslash hides what follows. */
function endOfString(source: string, start: number): number {
  const quote = source.charAt(start);
  const close = source.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  let at = start + close.length;
  while (at < source.length && !source.startsWith(close, at)) at += source[at] === '\\' ? 2 : 1;
  return at + close.length;
}
