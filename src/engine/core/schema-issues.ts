import type { ErrorObject } from 'ajv/dist/2020';

import type { Issue } from './issue';
import { isJsonObject } from './json';
import type { JsonValue } from './json';
import { memberPath } from './member-path';
import { suggest } from './suggest';

/** Turns Ajv's errors into issues: the field's path, what is wrong with it, and what is allowed; each once. */
export function toIssues(errors: readonly ErrorObject[], document: JsonValue, at: string): Issue[] {
  const issues = withoutLostBranches(errors).map((error) => ({
    path: pathOf(error, document, at),
    message: messageOf(error),
  }));
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}

/**
 * A oneOf or anyOf that fails reports the errors of all its branches. The author meant one of them: one of the value's
 * own kind (an array, not a number), of these one that the value names (by a constant, or one of several, that another
 * branch refuses), then the one with the fewest errors, and of several such one whose constants fit. The others go, and
 * so does the error of the choice itself. A constant that is wrong in every branch tells them apart: what is allowed for
 * it is all that can be told. Where a field that tells the branches apart is wrong for all of them, and the schema that
 * the choice stands in says so, that is all that can be told.
 */
function withoutLostBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept = [...errors];
  for (const choice of errors) {
    if (choice.keyword !== 'oneOf' && choice.keyword !== 'anyOf') continue;
    const lost = lostBy(choice, kept);
    kept = kept.filter((error) => !lost.has(error));
  }
  return kept;
}

function lostBy(choice: ErrorObject, errors: readonly ErrorObject[]): Set<ErrorObject> {
  const inside = errors.filter((error) => error !== choice && isUnder(error, choice));
  const branches = [...Map.groupBy(inside, (error) => branchOf(error, choice)).values()];
  const [best] = branches.toSorted(
    (a, b) =>
      Number(isOfOtherKind(a, choice)) - Number(isOfOtherKind(b, choice)) ||
      Number(isOfOtherTag(a, branches)) - Number(isOfOtherTag(b, branches)) ||
      a.length - b.length ||
      constants(a) - constants(b),
  );
  const referred = errors.filter((error) => isReferredBy(choice, error));
  if (best === undefined) {
    // Branches that are references report under their own names, and say more than the choice.
    const isTold = !fitsTwo(choice) && errors.some((error) => error !== choice && isAtOrBelow(error, choice));
    const ofItself = referred.filter((error) => error.instancePath === choice.instancePath);
    const isDeeper = ofItself.length < referred.length;
    return new Set(isTold ? [choice, ...(isDeeper ? ofItself : [])] : []);
  }
  if (isOfOtherKind(best, choice) && referred.length > 0) return new Set([choice, ...inside]);
  const told = new Set(errors.filter((error) => isBeside(error, choice)).map(placeOf));
  if (branches.every((branch) => branch.some((error) => told.has(placeOf(error))))) {
    return new Set([choice, ...inside]);
  }
  const tag = wrongTag(branches);
  if (tag !== null) return new Set([choice, ...inside.filter((error) => error !== tag)]);
  if (inside.every((error) => isMissingIn(choice, error))) {
    choice.params['forms'] = inside.map((error) => String(error.params['missingProperty']));
    return new Set(inside);
  }
  return new Set([choice, ...inside.filter((error) => !best.includes(error))]);
}

/** Whether a member is missing that would make the value one of the forms. */
function isMissingIn(choice: ErrorObject, { keyword, instancePath }: ErrorObject): boolean {
  return keyword === 'required' && instancePath === choice.instancePath;
}

/** Whether it is told by a branch that is a reference, under the reference's name. */
function isReferredBy(choice: ErrorObject, error: ErrorObject): boolean {
  const branches = choice.schema as readonly { readonly $ref?: unknown }[];
  return (
    isAtOrBelow(error, choice) &&
    branches.some(({ $ref }) => typeof $ref === 'string' && error.schemaPath.startsWith(`${$ref}/`))
  );
}

function branchOf(error: ErrorObject, choice: ErrorObject): string | undefined {
  return error.schemaPath.slice(choice.schemaPath.length + 1).split('/', 1)[0];
}

/** Whether a branch is for values of another type than the one that is there. */
function isOfOtherKind(branch: readonly ErrorObject[], choice: ErrorObject): boolean {
  return branch.some(
    ({ keyword, instancePath }) => keyword === 'type' && instancePath === choice.instancePath,
  );
}

/** Whether a branch refuses a constant, or one of several, that another branch takes. */
function isOfOtherTag(
  branch: readonly ErrorObject[],
  branches: readonly (readonly ErrorObject[])[],
): boolean {
  const tags = branch.filter(({ keyword }) => keyword === 'const' || keyword === 'enum').map(placeOf);
  const refuses = (other: readonly ErrorObject[], tag: string) =>
    other.map(placeOf).some((place) => tag === place || tag.startsWith(`${place}/`));
  return tags.some((tag) => branches.some((other) => !refuses(other, tag)));
}

/** The error of a constant that is wrong in every branch, made to tell all that is allowed there; null: there is none. */
function wrongTag(branches: readonly (readonly ErrorObject[])[]): ErrorObject | null {
  const [first = [], ...others] = branches;
  if (others.length === 0) return null;
  for (const error of first.filter(({ keyword }) => keyword === 'const')) {
    const same = branches.map((branch) =>
      branch.find(({ keyword, instancePath }) => keyword === 'const' && instancePath === error.instancePath),
    );
    if (!same.every((one) => one !== undefined)) continue;
    const allowedValues = [...new Set(same.map(({ params }) => params['allowedValue'] as unknown))];
    Object.assign(error, { keyword: 'enum', params: { allowedValues } });
    return error;
  }
  return null;
}

function constants(branch: readonly ErrorObject[]): number {
  return branch.filter(({ keyword }) => keyword === 'const').length;
}

/** Whether it is told by the schema that the choice stands in, and not by one of several forms. */
function isBeside({ schemaPath }: ErrorObject, choice: ErrorObject): boolean {
  const schema = choice.schemaPath.slice(0, -choice.keyword.length);
  const rest = schemaPath.slice(schema.length);
  return schemaPath.startsWith(schema) && !/(^|\/)(oneOf|anyOf)(\/|$)/.test(rest);
}

/** The field that is wrong, and for what is missing or too much, its name too. */
function placeOf({ instancePath, params }: ErrorObject): string {
  const member: unknown = params['missingProperty'] ?? params['additionalProperty'];
  return typeof member === 'string' ? `${instancePath}/${member}` : instancePath;
}

function isAtOrBelow(error: ErrorObject, choice: ErrorObject): boolean {
  return (
    error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`)
  );
}

function fitsTwo({ params }: ErrorObject): boolean {
  return Array.isArray((params as Readonly<Record<string, unknown>>)['passingSchemas']);
}

function isUnder(error: ErrorObject, choice: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${choice.schemaPath}/`) && error.instancePath.startsWith(choice.instancePath)
  );
}

function pathOf(error: ErrorObject, document: JsonValue, at: string): string {
  let path = at;
  let value: JsonValue | undefined = document;
  // A JSON pointer (RFC 6901): "~1" is "/", "~0" is "~".
  for (const escaped of error.instancePath.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) {
      path = `${path}[${key}]`;
      value = value[Number(key)];
    } else {
      path = memberPath(path, key);
      value = isJsonObject(value) ? value[key] : undefined;
    }
  }
  const member: unknown =
    error.params['missingProperty'] ??
    error.params['additionalProperty'] ??
    error.params['unevaluatedProperty'];
  return typeof member === 'string' ? memberPath(path, member) : path;
}

function messageOf(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'dependentRequired':
      return `is required beside "${String(params['property'])}"`;
    case 'additionalProperties':
      return unknownMember(String(params['additionalProperty']), error);
    case 'unevaluatedProperties':
      return unknownMember(String(params['unevaluatedProperty']), error);
    case 'enum':
      return `must be one of: ${listOf(params['allowedValues'])}`;
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`;
    case 'type':
      return `must be ${typesOf(params['type'])}, not ${kindOf(error.data)}`;
    case 'pattern':
      return `must match the pattern ${String(params['pattern'])}`;
    case 'format':
      return `must be a valid ${String(params['format'])}`;
    case 'minimum':
      return `must be at least ${String(params['limit'])}`;
    case 'maximum':
      return `must be at most ${String(params['limit'])}`;
    case 'exclusiveMinimum':
      return `must be more than ${String(params['limit'])}`;
    case 'exclusiveMaximum':
      return `must be less than ${String(params['limit'])}`;
    case 'multipleOf':
      return `must be a multiple of ${String(params['multipleOf'])}`;
    case 'minLength':
      return `must have at least ${String(params['limit'])} character(s)`;
    case 'maxLength':
      return `must have at most ${String(params['limit'])} characters`;
    case 'minItems':
      return `must have at least ${String(params['limit'])} item(s)`;
    case 'maxItems':
      return `must have at most ${String(params['limit'])} items`;
    case 'minProperties':
      return `must have at least ${String(params['limit'])} member(s)`;
    case 'maxProperties':
      return `must have at most ${String(params['limit'])} members`;
    case 'uniqueItems':
      return `must not repeat an item: ${String(params['j'])} and ${String(params['i'])} are equal`;
    case 'propertyNames':
      return `may not have a member named "${String(params['propertyName'])}"`;
    case 'not':
      return 'is of a form that is not allowed';
    case 'false schema':
      return 'is not allowed';
    case 'oneOf':
    case 'anyOf':
      return choiceMessage(params);
    default:
      return error.message ?? `does not satisfy "${error.keyword}"`;
  }
}

function choiceMessage(params: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(params['forms'])) return `must have one of: ${params['forms'].join(', ')}`;
  if (Array.isArray(params['passingSchemas'])) return 'fits more than one of the allowed forms';
  return 'fits none of the allowed forms';
}

function unknownMember(name: string, { parentSchema }: ErrorObject): string {
  const properties: unknown = parentSchema?.['properties'];
  const known = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return `is not known${suggest(name, known)}`;
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => plain(value)).join(', ') : '';
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function typesOf(type: unknown): string {
  return Array.isArray(type) ? type.join(' or ') : String(type);
}

/** What JSON calls a value's type. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
