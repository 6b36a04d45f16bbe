import { isJsonObject, type JsonValue } from '../../engine/core/json';
import { MAX_LOG_LINE_CHARS } from '../bounded-log';

/** Where in the code something went wrong, both from 1; Python tells lines only. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number | null;
}

/** What code gave. The program around it writes it as one JSON object: `{"value": …}`, or `{"error": …, "line": …, "column": …}`,
 * or `{"kind": "out_of_memory"}`. */
export type CodeAnswer =
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'threw'; readonly message: string; readonly position: SourcePosition | null }
  | { readonly kind: 'out_of_memory' | 'too_large' | 'none' };

/**
 * Reads an answer. The code may have written it itself, so nothing is taken on trust.
 * @param text null: more came than an answer can be
 */
export function readAnswer(text: string | null): CodeAnswer {
  if (text === null) return { kind: 'too_large' };
  const answer = parse(text);
  if (!isJsonObject(answer)) return { kind: 'none' };
  if (answer.value !== undefined) return { kind: 'value', value: answer.value };
  if (answer.kind === 'out_of_memory') return { kind: 'out_of_memory' };
  if (typeof answer.error !== 'string') return { kind: 'none' };
  return {
    kind: 'threw',
    message: answer.error.slice(0, MAX_LOG_LINE_CHARS),
    position: positionOf(answer.line, answer.column),
  };
}

function positionOf(line: JsonValue | undefined, column: JsonValue | undefined): SourcePosition | null {
  if (typeof line !== 'number') return null;
  return { line, column: typeof column === 'number' ? column : null };
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}
