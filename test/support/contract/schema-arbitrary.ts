import fc, { type Arbitrary } from 'fast-check';

import type { ApiDocument, Schema } from './api-document';

/** Values for a property by its name, where its schema does not say all that the domain asks of it. */
export type Hint = (name: string, siblings: Schema) => Arbitrary<unknown> | null;

export interface ValueOptions {
  readonly api: ApiDocument;
  /** `tame`: letters, digits and small documents. `wild`: whatever the schema allows. */
  readonly style: 'tame' | 'wild';
  readonly hint: Hint;
}

/** Beyond this depth optional properties are left out and lists are as short as they may be. */
const MAX_DEPTH = 6;
/** Lists and texts are tried up to here; their true limits are the matter of invalid values. */
const MOST_ITEMS = 4;
const MOST_CHARACTERS = 60;

/**
 * Values that fit a schema of the document. Of JSON Schema it knows what our document uses; whatever it does not know
 * is left to the check of the whole value, which takes out what does not fit.
 */
export function valueOf(schema: Schema, options: ValueOptions): Arbitrary<unknown> {
  return build(schema, options, 0).filter((value) => options.api.faultOf(schema, value) === null);
}

function build(reference: Schema, options: ValueOptions, depth: number): Arbitrary<unknown> {
  const schema = options.api.resolve(reference);
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = schema[keyword];
    if (Array.isArray(branches)) {
      return fc.oneof(
        ...(branches as Schema[]).map((branch) => build(merge(schema, keyword, branch), options, depth)),
      );
    }
  }
  if (Array.isArray(schema['allOf'])) {
    const [first = {}, ...rest] = schema['allOf'] as Schema[];
    const whole = rest.reduce<Schema>(
      (joined, part) => join(joined, options.api.resolve(part)),
      options.api.resolve(first),
    );
    return build(merge(schema, 'allOf', whole), options, depth);
  }
  const types = [schema['type'] ?? 'any'].flat() as string[];
  return fc.oneof(...types.map((type) => ofType(type, schema, options, depth)));
}

/** A branch with what stands beside the union it belongs to. */
function merge(schema: Schema, keyword: string, branch: Schema): Schema {
  const { [keyword]: _union, discriminator: _discriminator, ...base } = schema;
  return join(base, branch);
}

function join(left: Schema, right: Schema): Schema {
  const required = [...list(left['required']), ...list(right['required'])];
  const properties = { ...(left['properties'] as Schema), ...(right['properties'] as Schema) };
  return {
    ...left,
    ...right,
    ...(required.length > 0 && { required: [...new Set(required)] }),
    ...(Object.keys(properties).length > 0 && { properties }),
  };
}

function ofType(type: string, schema: Schema, options: ValueOptions, depth: number): Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer(integerRange(schema));
    case 'number':
      return fc.double(numberRange(schema));
    case 'string':
      return text(schema, options.style);
    case 'array':
      return array(schema, options, depth);
    case 'object':
      return object(schema, options, depth);
    default:
      return options.style === 'tame'
        ? fc.constantFrom<unknown>('text', 7, true, { a: [1] })
        : fc.jsonValue();
  }
}

function integerRange(schema: Schema): { min: number; max: number } {
  const above = schema['exclusiveMinimum'];
  const min = numberOf(schema['minimum']) ?? (typeof above === 'number' ? above + 1 : -1000);
  const below = schema['exclusiveMaximum'];
  const max = numberOf(schema['maximum']) ?? (typeof below === 'number' ? below - 1 : min + 1_000_000);
  return { min: Math.ceil(min), max: Math.floor(max) };
}

function numberRange(schema: Schema): fc.DoubleConstraints {
  const above = numberOf(schema['exclusiveMinimum']);
  const min = numberOf(schema['minimum']) ?? above ?? -1e6;
  const max = numberOf(schema['maximum']) ?? numberOf(schema['exclusiveMaximum']) ?? min + 1e6;
  return { min, max, noNaN: true, minExcluded: above !== undefined };
}

const TAME = fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789'));

/** What programs have stumbled over. */
const ODD_TEXTS = ['\0', '\ud800', ' ', '../..', '${{ inputs.x }}', "'; --", '%', '__proto__'];

function text(schema: Schema, style: 'tame' | 'wild'): Arbitrary<string> {
  switch (schema['format']) {
    case 'uuid':
      return fc.uuid({ version: 7 });
    case 'date-time':
      return fc
        .date({ min: new Date('2020-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString());
    case 'uri':
      return fc.webUrl();
  }
  if (typeof schema['pattern'] === 'string' && isSimple(schema['pattern'])) {
    const pattern = fc.stringMatching(new RegExp(schema['pattern'], 'u'));
    return style === 'tame' ? pattern.filter((value) => /^[\x21-\x7e]+$/.test(value)) : pattern;
  }
  const minLength = numberOf(schema['minLength']) ?? 0;
  const maxLength = Math.max(
    minLength,
    Math.min(numberOf(schema['maxLength']) ?? MOST_CHARACTERS, MOST_CHARACTERS),
  );
  if (style === 'tame') {
    return fc.string({ unit: TAME, minLength: Math.min(Math.max(minLength, 6), maxLength), maxLength });
  }
  const odd = ODD_TEXTS.filter(({ length }) => length >= minLength && length <= maxLength);
  return fc.oneof(
    fc.string({ unit: 'grapheme', minLength, maxLength }),
    fc.string({ unit: 'binary', minLength, maxLength }),
    ...(odd.length > 0 ? [fc.constantFrom(...odd)] : []),
  );
}

/** Look-arounds and Unicode classes cannot be generated from: such texts are drawn and sifted. */
function isSimple(pattern: string): boolean {
  return !/\(\?[=!<]|\\[pP]\{/.test(pattern);
}

function array(schema: Schema, options: ValueOptions, depth: number): Arbitrary<unknown[]> {
  const minLength = numberOf(schema['minItems']) ?? 0;
  const most = depth >= MAX_DEPTH ? minLength : Math.max(minLength, MOST_ITEMS);
  const maxLength = Math.min(numberOf(schema['maxItems']) ?? most, most);
  const items = build((schema['items'] ?? {}) as Schema, options, depth + 1);
  return schema['uniqueItems'] === true
    ? fc.uniqueArray(items, { minLength, maxLength, selector: (item) => JSON.stringify(item) })
    : fc.array(items, { minLength, maxLength });
}

function object(schema: Schema, options: ValueOptions, depth: number): Arbitrary<unknown> {
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  const required = list(schema['required']);
  const names = Object.keys(properties).filter((name) => depth < MAX_DEPTH || required.includes(name));
  const fields = Object.fromEntries(
    names.map((name) => {
      const hinted = options.style === 'tame' ? options.hint(name, properties) : null;
      return [name, hinted ?? build(properties[name] ?? {}, options, depth + 1)];
    }),
  );
  const known = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
  return fc.tuple(known, further(schema, options, depth)).map(([own, more]) => ({ ...more, ...own }));
}

/** Properties that the schema does not name, where it allows them. */
function further(schema: Schema, options: ValueOptions, depth: number): Arbitrary<object> {
  const rule = schema['additionalProperties'];
  const isFree = schema['properties'] === undefined && rule !== false;
  if (!isFree || depth >= MAX_DEPTH) return fc.constant({});
  const value = build(typeof rule === 'object' && rule !== null ? (rule as Schema) : {}, options, depth + 1);
  const name =
    options.style === 'tame'
      ? fc.string({ unit: TAME, minLength: 1, maxLength: 12 })
      : fc.string({ maxLength: 12 });
  return fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true });
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
