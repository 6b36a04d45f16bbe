import type { ApiDocument, Schema } from './api-document';

/** A value with one fault in it. */
export interface FaultyValue {
  readonly value: unknown;
  /** Where and what: `config.url: longer than 8192 characters`. */
  readonly fault: string;
}

/** One of each JSON type, to stand where another is asked for. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  null: null,
  boolean: true,
  number: 7.25,
  string: 'text',
  array: ['text'],
  object: { unexpected: 1 },
};

/**
 * Every way to break a value that fits its schema at one place: another type, a field too few or too many, a limit
 * passed by one. Breaks that another branch of a union allows are left out.
 */
export function faultsOf(api: ApiDocument, schema: Schema, value: unknown): FaultyValue[] {
  return breaks(api, schema, value, '').filter((broken) => api.faultOf(schema, broken.value) !== null);
}

function breaks(api: ApiDocument, reference: Schema, value: unknown, path: string): FaultyValue[] {
  const schema = branchFor(api, api.resolve(reference), value);
  const own = [...wrongTypes(schema), ...beyondLimits(schema, value)].map(([broken, what]): FaultyValue => ({
    value: broken,
    fault: `${path === '' ? 'body' : path}: ${what}`,
  }));
  if (Array.isArray(value)) return [...own, ...inItems(api, schema, value, path)];
  if (typeof value === 'object' && value !== null) {
    return [...own, ...inFields(api, schema, value as Record<string, unknown>, path)];
  }
  return own;
}

/** The branch of a union that the value is of, with what stands beside the union. */
function branchFor(api: ApiDocument, schema: Schema, value: unknown): Schema {
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = schema[keyword];
    if (!Array.isArray(branches)) continue;
    const fitting = (branches as Schema[]).find((branch) => api.faultOf(branch, value) === null);
    if (fitting === undefined) continue;
    return branchFor(api, { ...schema, [keyword]: undefined, ...api.resolve(fitting) }, value);
  }
  return schema;
}

/** Limits past this are those of what carries a value (a body, a line of the request), and tested there. */
const MOST_TRIED = 20_000;

type Break = readonly [value: unknown, what: string];

function wrongTypes(schema: Schema): Break[] {
  if (schema['type'] === undefined && schema['enum'] === undefined && schema['const'] === undefined)
    return [];
  return Object.entries(SAMPLES).map(([type, sample]) => [sample, `of type ${type}`]);
}

function beyondLimits(schema: Schema, value: unknown): Break[] {
  if (typeof value === 'string') return brokenTexts(schema);
  if (typeof value === 'number') return brokenNumbers(schema);
  if (Array.isArray(value)) return brokenLists(schema, value);
  return [];
}

function brokenTexts({ minLength, maxLength, pattern, format }: Schema): Break[] {
  const broken: Break[] = [];
  if (typeof minLength === 'number' && minLength > 0) {
    broken.push(['x'.repeat(minLength - 1), `shorter than ${minLength} characters`]);
  }
  if (typeof maxLength === 'number' && maxLength <= MOST_TRIED)
    broken.push(['x'.repeat(maxLength + 1), `longer than ${maxLength} characters`]);
  if (pattern !== undefined) broken.push(['!? \t', 'against its pattern']);
  if (typeof format === 'string') broken.push(['13 o’clock', `no ${format}`], ['', `no ${format}`]);
  return broken;
}

function brokenNumbers({ type, minimum, maximum, exclusiveMinimum }: Schema): Break[] {
  const broken: Break[] = [];
  if (typeof minimum === 'number')
    broken.push([minimum - 1, `under ${minimum}`], [-1e300, 'hugely negative']);
  if (typeof exclusiveMinimum === 'number') broken.push([exclusiveMinimum, `not over ${exclusiveMinimum}`]);
  if (typeof maximum === 'number') broken.push([maximum + 1, `over ${maximum}`], [1e300, 'huge']);
  if (type === 'integer') broken.push([1.5, 'no integer']);
  return broken;
}

function brokenLists({ minItems, maxItems, uniqueItems }: Schema, value: readonly unknown[]): Break[] {
  const broken: Break[] = [];
  if (typeof minItems === 'number' && minItems > 0) broken.push([[], `fewer than ${minItems} items`]);
  if (typeof maxItems === 'number' && maxItems <= MOST_TRIED) {
    broken.push([
      Array.from({ length: maxItems + 1 }, () => value[0] ?? 'text'),
      `more than ${maxItems} items`,
    ]);
  }
  if (uniqueItems === true && value.length > 0) broken.push([[...value, value[0]], 'with an item twice']);
  return broken;
}

function inItems(api: ApiDocument, schema: Schema, value: readonly unknown[], path: string): FaultyValue[] {
  const [first, ...rest] = value;
  if (first === undefined || schema['items'] === undefined) return [];
  return breaks(api, schema['items'] as Schema, first, `${path}[0]`).map(({ value: broken, fault }) => ({
    value: [broken, ...rest],
    fault,
  }));
}

function inFields(
  api: ApiDocument,
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): FaultyValue[] {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const found: FaultyValue[] = [];
  for (const name of (schema['required'] ?? []) as string[]) {
    const { [name]: _left, ...rest } = value;
    found.push({ value: rest, fault: `${at(name)}: missing` });
  }
  if (schema['additionalProperties'] === false) {
    found.push({ value: { ...value, unexpected: 1 }, fault: `${at('unexpected')}: an unknown field` });
    found.push({ value: withProto(value), fault: `${at('__proto__')}: an unknown field` });
  }
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  for (const [name, property] of Object.entries(properties)) {
    if (!(name in value)) continue;
    for (const { value: broken, fault } of breaks(api, property, value[name], at(name))) {
      found.push({ value: { ...value, [name]: broken }, fault });
    }
  }
  return found;
}

/** With a field of its own that is called `__proto__`, as JSON.parse makes it. */
function withProto(value: Readonly<Record<string, unknown>>): unknown {
  return Object.defineProperty({ ...value }, '__proto__', { value: { admin: true }, enumerable: true });
}
