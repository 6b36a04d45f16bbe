import fc from 'fast-check';

import type { JsonValue } from './json';
import { MAX_ISSUES, compileSchema } from './json-schema';
import { expectBounded } from '../../../test/support/expect-bounded';

function refusals(schema: JsonValue): string[] {
  const compiled = compileSchema(schema, 'parameters_schema');
  return compiled.ok ? [] : compiled.error.map(({ path, message }) => `${path}: ${message}`);
}

function check(schema: JsonValue, value: JsonValue): string[] {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value(value, 'params').map(({ path, message }) => `${path}: ${message}`);
}

describe('compileSchema', () => {
  it.each<[schema: JsonValue, message: string]>([
    ['x', 'parameters_schema: must be a JSON Schema: an object, true or false'],
    [
      { type: 'strin' },
      'parameters_schema.type: must be one of: array, boolean, integer, null, number, object, string',
    ],
    [
      { properties: { a: { minimum: 'x' } } },
      'parameters_schema.properties.a.minimum: must be number, not string',
    ],
    [
      { $ref: 'https://example.com/schema' },
      'has a $ref that is not inside of the schema: "https://example.com/schema"',
    ],
    [{ properties: { a: { $ref: '#/$defs/none' } } }, 'has a $ref that is not inside of the schema'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, 'must be a JSON Schema of the dialect'],
    [
      { pattern: '(?=a)' },
      'has a pattern that is refused: "(?=a)": the pattern is no RE2 regular expression',
    ],
    [{ $async: true }, 'may not have $async'],
  ])('refuses %j: %s', (schema, message) => {
    expect(refusals(schema)).toContainEqual(expect.stringContaining(message));
  });

  it.each<[schema: JsonValue]>([
    [true],
    [{}],
    [{ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' }],
    [{ $id: 'https://example.com/one', type: 'object' }],
    [{ 'x-note': 1, format: 'a-format-nobody-knows' }],
    [
      {
        properties: { next: { $ref: '#/$defs/node' } },
        $defs: { node: { properties: { next: { $ref: '#/$defs/node' } } } },
      },
    ],
  ])('accepts %j, again and again', (schema) => {
    expect(refusals(schema)).toEqual([]);
    expect(refusals(structuredClone(schema))).toEqual([]);
  });

  it.each<[type: JsonValue, path: string]>([
    ['strng', 'type'],
    [['object', 'strng'], 'type[1]'],
  ])('tells of a type that is none only what is allowed there: %j', (type, path) => {
    expect(compileSchema({ type })).toEqual({
      ok: false,
      error: [{ path, message: 'must be one of: array, boolean, integer, null, number, object, string' }],
    });
  });

  it('keeps two schemas of the same $id apart', () => {
    const one = { $id: 'https://example.com/same', type: 'string' };
    const two = { $id: 'https://example.com/same', type: 'number' };
    expect(check(one, 'x')).toEqual([]);
    expect(check(two, 1)).toEqual([]);
  });

  it('matches patterns in linear time', () => {
    const schema = { type: 'string', pattern: '^(a+)+$' };
    expect(expectBounded(() => check(schema, `${'a'.repeat(50_000)}b`))).toHaveLength(1);
  });

  it('never throws, whatever the schema', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (schema) => {
        expect(() => compileSchema(schema as JsonValue)).not.toThrow();
      }),
      { numRuns: 50 },
    );
  });
});

describe('a compiled schema', () => {
  const choice = {
    oneOf: [
      {
        type: 'object',
        required: ['id'],
        additionalProperties: false,
        properties: { id: { type: 'string', format: 'uuid' }, tool: { type: 'string' } },
      },
      {
        type: 'object',
        required: ['builtin'],
        additionalProperties: false,
        properties: { builtin: { enum: ['set', 'wait'] } },
      },
    ],
  };

  /** The field that tells the forms apart has a fault that each of them repeats. */
  const told = {
    properties: { kind: { enum: ['a', 'b'] } },
    required: ['kind'],
    oneOf: [
      { properties: { kind: { const: 'a' } } },
      { properties: { kind: { const: 'b' } }, required: ['url'] },
    ],
  };

  /** Only the forms say what the field that tells them apart may be. */
  const tagged = {
    anyOf: [
      { required: ['token'], properties: { type: { const: 'bearer' } } },
      { required: ['id', 'secret'], properties: { type: { const: 'client' } } },
    ],
  };

  it.each<[schema: JsonValue, value: JsonValue, issues: string[]]>([
    [{ type: 'object', required: ['day'] }, {}, ['params.day: is required']],
    [{ enum: ['a', 1, null] }, 'b', ['params: must be one of: a, 1, null']],
    [{ const: 'a' }, 'b', ['params: must be "a"']],
    [{ type: ['string', 'null'] }, [], ['params: must be string or null, not array']],
    [{ type: 'integer' }, null, ['params: must be integer, not null']],
    [{ items: { type: 'string' } }, ['a', 1], ['params[1]: must be string, not number']],
    [
      { properties: { 'a/b': { properties: { 'c-d': false } } } },
      { 'a/b': { 'c-d': 1 } },
      ['params["a/b"]["c-d"]: is not allowed'],
    ],
    [
      { additionalProperties: false, properties: { method: true, url: true } },
      { metod: 1, x: 1 },
      ['params.metod: is not known; did you mean "method"?', 'params.x: is not known; allowed: method, url'],
    ],
    [
      { unevaluatedProperties: false, properties: { url: true } },
      { zzz: 1 },
      ['params.zzz: is not known; allowed: url'],
    ],
    [{ dependentRequired: { a: ['b'] } }, { a: 1 }, ['params.b: is required beside "a"']],
    [{ format: 'date' }, 'tomorrow', ['params: must be a valid date']],
    [{ pattern: '^a' }, 'b', ['params: must match the pattern ^a']],
    [{ minimum: 1 }, 0, ['params: must be at least 1']],
    [{ exclusiveMaximum: 1 }, 1, ['params: must be less than 1']],
    [{ minLength: 1 }, '', ['params: must have at least 1 character(s)']],
    [{ maxItems: 1 }, [1, 2], ['params: must have at most 1 items']],
    [{ uniqueItems: true }, [1, 2, 1], ['params: must not repeat an item: 0 and 2 are equal']],
    [choice, { builtin: 'sett' }, ['params.builtin: must be one of: set, wait']],
    [choice, { id: 'x', tool: 't' }, ['params.id: must be a valid uuid']],
    [choice, {}, ['params: must have one of: id, builtin']],
    [tagged, { type: 'basic' }, ['params.type: must be one of: bearer, client']],
    [tagged, { type: 'bearer' }, ['params.token: is required']],
    [
      { anyOf: [{ type: 'integer' }, { type: 'array', items: { minimum: 100 } }] },
      [99, 98],
      ['params[0]: must be at least 100', 'params[1]: must be at least 100'],
    ],
    [
      { anyOf: [{ $ref: '#/$defs/a' }], $defs: { a: { type: 'string' } } },
      1,
      ['params: must be string, not number'],
    ],
    [
      {
        anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }],
        $defs: { a: { type: 'string' }, b: { type: 'string', maxLength: 1 } },
      },
      1,
      ['params: must be string, not number'],
    ],
    [{ oneOf: [true, true] }, 1, ['params: fits more than one of the allowed forms']],
    [told, { kind: 'c' }, ['params.kind: must be one of: a, b']],
    [told, { kind: 'b' }, ['params.url: is required']],
    [
      { anyOf: [{ anyOf: [told, { const: 1 }] }, false] },
      { kind: 'c' },
      ['params.kind: must be one of: a, b'],
    ],
  ])('%j tells of %j: %j', (schema, value, issues) => {
    expect(check(schema, value)).toEqual(issues);
  });

  it('reports a bounded number of issues', () => {
    expect(
      check(
        { items: { type: 'string' } },
        Array.from({ length: 100 }, () => 1),
      ),
    ).toHaveLength(MAX_ISSUES);
  });
});
