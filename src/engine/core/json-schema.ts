import { Ajv2020 } from 'ajv/dist/2020';
import type { AnySchema, ErrorObject, ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

import { certainErrors } from './certain-errors';
import type { Issue } from './issue';
import { isJsonObject } from './json';
import type { JsonValue } from './json';
import { compilePattern } from './linear-pattern';
import { fail, ok } from './result';
import type { Result } from './result';
import { toIssues } from './schema-issues';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * Checks a value against one schema.
 *
 * @param at the value's path in its document, with which every issue's path begins
 * @param form `template`: its strings may hold `${{ expressions }}`, and only what is wrong whatever they give is told
 * @returns what is wrong, at most {@link MAX_ISSUES}; empty when nothing is
 */
export type SchemaCheck = (value: JsonValue, at?: string, form?: 'value' | 'template') => Issue[];

/** Issues of one document that are reported: more would hide the first. */
export const MAX_ISSUES = 20;

/** A pattern that RE2 refuses; thrown inside Ajv, which knows no other way out. */
class RefusedPattern extends Error {}

/**
 * The pattern engine of every schema: linear in the text, so that no schema can hang the process.
 * `code` is what Ajv writes into modules that it generates; we generate none.
 */
const linearPatterns = Object.assign(
  (pattern: string) => {
    const compiled = compilePattern(pattern);
    if (!compiled.ok) throw new RefusedPattern(`"${pattern}": ${compiled.error.message}`);
    return compiled.value;
  },
  { code: 'compilePattern' },
);

// Not strict: unknown keywords and formats are annotations, as the specification says. The data of each
// error is kept (verbose) for the messages.
const ajv = new Ajv2020({
  allErrors: true,
  strict: false,
  verbose: true,
  ownProperties: true,
  addUsedSchema: false,
  logger: false,
  code: { regExp: linearPatterns },
});
addFormats(ajv);

/**
 * Compiles a JSON Schema, dialect 2020-12 (https://json-schema.org/draft/2020-12). References may only
 * point inside the schema itself.
 *
 * @param at the schema's path in its document
 */
export function compileSchema(schema: JsonValue, at = ''): Result<SchemaCheck, Issue[]> {
  const refused = refuse(schema);
  if (refused !== null) return fail([{ path: at, message: refused }]);
  const usable = schema as AnySchema;
  try {
    if (ajv.validateSchema(usable) !== true) return fail(issuesOf(ajv.errors, schema, at));
    const validate = ajv.compile(usable);
    return ok((value, valueAt = '', form = 'value') => check(validate, value, valueAt, form));
  } catch (error) {
    return fail([{ path: at, message: compileFault(error) }]);
  } finally {
    // Ajv keeps every schema it compiled, by identity, for ever.
    if (typeof usable === 'object') ajv.removeSchema(usable);
  }
}

function check(
  validate: ValidateFunction,
  value: JsonValue,
  at: string,
  form: 'value' | 'template',
): Issue[] {
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  return issuesOf(form === 'template' ? certainErrors(errors, value) : errors, value, at);
}

function issuesOf(errors: ErrorObject[] | null | undefined, document: JsonValue, at: string): Issue[] {
  return toIssues(errors ?? [], document, at).slice(0, MAX_ISSUES);
}

function refuse(schema: JsonValue): string | null {
  if (typeof schema === 'boolean') return null;
  if (!isJsonObject(schema)) return 'must be a JSON Schema: an object, true or false';
  const dialect = schema['$schema'];
  if (dialect !== undefined && dialect !== DIALECT && dialect !== `${DIALECT}#`) {
    return `must be a JSON Schema of the dialect "${DIALECT}": leave $schema out or write this`;
  }
  // A keyword of Ajv's own, which turns the check into a promise.
  if (Object.hasOwn(schema, '$async')) return 'may not have $async: it is no keyword of JSON Schema';
  return null;
}

function compileFault(error: unknown): string {
  if (error instanceof RefusedPattern) return `has a pattern that is refused: ${error.message}`;
  if (error instanceof Ajv2020.MissingRefError) {
    return `has a $ref that is not inside of the schema: "${error.missingRef}"`;
  }
  if (error instanceof RangeError) return 'is nested too deeply';
  return 'is not a usable JSON Schema 2020-12';
}
