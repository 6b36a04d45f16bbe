import { AppError } from '../../common/errors/app-error';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import { compileSchema } from '../../engine/core/json-schema';

/** The finish reasons after which there is no use in reading an answer as JSON. */
const CUT_SHORT: Readonly<Record<string, string>> = {
  length: 'it was cut off at max_tokens',
  content_filter: "it was withheld by the provider's content filter",
};

/**
 * Reads a model's answer as the JSON that `response_schema` asks for.
 *
 * @throws AppError MODEL_OUTPUT_INVALID with what is wrong; another try may do better
 */
export function readObject(text: string, schema: JsonObject, finishReason: string): JsonValue {
  const cut = CUT_SHORT[finishReason];
  if (cut !== undefined) throw invalid(cut);
  const value = parse(text);
  const check = compileSchema(schema, 'response_schema');
  if (!check.ok) throw new AppError('INVALID_REQUEST', 'response_schema: is not a usable JSON Schema');
  const [issue, ...more] = check.value(value, 'object');
  if (issue === undefined) return value;
  throw invalid(`${issue.path}: ${issue.message}${more.length > 0 ? ` (and ${more.length} more)` : ''}`);
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw invalid('it is no JSON', cause);
  }
}

function invalid(why: string, cause?: unknown): AppError {
  return new AppError('MODEL_OUTPUT_INVALID', `The answer does not fit response_schema: ${why}`, { cause });
}
