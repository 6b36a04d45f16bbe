import { validateSync, type ValidationError } from 'class-validator';

import type { Issue } from '../../engine/core/issue';
import { isJsonObject, type JsonObject } from '../../engine/core/json';
import { fail, ok, type Result } from '../../engine/core/result';
import { toSnakeCase } from './case';
import { type DtoClass, fieldsOf } from './dto-fields';
import { exceedsDepth } from './exceeds-depth';
import { fromQueryValue } from './from-query-value';
import { mayBeLeftOut } from './optional-body.decorator';

/** Deeper documents are refused: writing them as JSON again would exhaust the stack. */
export const MAX_BODY_DEPTH = 200;

/**
 * Makes a DTO of a JSON body: known fields only, each checked by its class-validator decorators. No body at all
 * (`undefined`) is good for a DTO that is marked by `OptionalBody`.
 */
export function checkBody<Dto extends object>(dto: DtoClass<Dto>, body: unknown): Result<Dto, Issue[]> {
  if (body === undefined && mayBeLeftOut(dto)) return ok(new dto());
  if (!isJsonObject(body)) {
    return fail([{ path: '', message: 'The body must be a JSON object, sent as application/json' }]);
  }
  if (exceedsDepth(body, MAX_BODY_DEPTH)) {
    return fail([{ path: '', message: `The body must not be nested deeper than ${MAX_BODY_DEPTH} levels` }]);
  }
  return checkFields(dto, body, (value) => value);
}

/** Makes a DTO of a query string's parameters: texts become numbers and booleans as the DTO declares them. */
export function checkQuery<Dto extends object>(
  dto: DtoClass<Dto>,
  query: Readonly<Record<string, unknown>>,
): Result<Dto, Issue[]> {
  return checkFields(dto, query, fromQueryValue);
}

function checkFields<Dto extends object>(
  dto: DtoClass<Dto>,
  source: Readonly<Record<string, unknown>>,
  convert: (value: unknown, type: unknown) => unknown,
): Result<Dto, Issue[]> {
  const { byWireName, rest } = fieldsOf(dto);
  const checked = new dto();
  const target = checked as Record<string, unknown>;
  const restFields: JsonObject = Object.create(null) as JsonObject;
  const issues: Issue[] = [];

  for (const [name, value] of Object.entries(source)) {
    const field = byWireName.get(name);
    if (field !== undefined) target[field.property] = convert(value, field.type);
    else if (rest !== undefined) restFields[name] = value as JsonObject[string];
    else issues.push({ path: name, message: unknownField([...byWireName.keys()]) });
  }
  if (rest !== undefined) target[rest] = { ...restFields };

  // One fault a field: rules are tried from the one nearest to the property upwards, its type first.
  const faults = validateSync(checked, { stopAtFirstError: true, forbidUnknownValues: false });
  for (const fault of faults) issues.push(...toIssues(fault));
  return issues.length === 0 ? ok(checked) : fail(issues);
}

function unknownField(names: readonly string[]): string {
  return names.length === 0
    ? 'is not a known field; none are allowed here'
    : `is not a known field; allowed: ${names.join(', ')}`;
}

/** class-validator's messages begin with the property, or with "each value in" it: the path says that already. */
function toIssues({ property, value, constraints = {} }: ValidationError): Issue[] {
  const path = toSnakeCase(property);
  return Object.values(constraints).map((text) => {
    const message = text
      .replace(`each value in ${property} `, 'each value ')
      .replace(new RegExp(`^${property} `), '');
    return { path, message: value === undefined ? `is required; ${message}` : message };
  });
}
