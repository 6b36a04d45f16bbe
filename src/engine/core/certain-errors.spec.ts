import type { JsonValue } from './json';
import { compileSchema } from './json-schema';

function check(schema: JsonValue, template: JsonValue): string[] {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value(template, 'inputs', 'template').map(({ path, message }) => `${path}: ${message}`);
}

const X = '${{ params.x }}';
const order = {
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer', minimum: 1 },
    tags: { type: 'array', maxItems: 2, uniqueItems: true, items: { type: 'string', maxLength: 3 } },
    to: { anyOf: [{ const: 'a' }, { type: 'object', required: ['street'] }] },
  },
};
const byMode = {
  if: { properties: { mode: { const: 'by_id' } } },
  then: { required: ['id'] },
  else: { required: ['name'] },
};

describe('a template that is checked against a schema', () => {
  it.each<[schema: JsonValue, template: JsonValue, issues: string[]]>([
    [order, { id: X }, []],
    [order, X, []],
    [order, {}, ['inputs.id: is required']],
    [order, { id: X, other: X }, ['inputs.other: is not known; allowed: id, tags, to']],
    [order, { id: 0 }, ['inputs.id: must be at least 1']],
    [order, { id: `no ${X}` }, ['inputs.id: must be integer, not string']],
    [{ properties: { to: { enum: ['to me'] } } }, { to: `to ${X}` }, []],
    [{ properties: { to: { enum: ['${{'] } } }, { to: '$${{' }, []],
    [{ properties: { to: { type: 'object' } } }, { to: '$${{' }, ['inputs.to: must be object, not string']],
    [order, { id: [X] }, ['inputs.id: must be integer, not array']],
    [order, { id: 1, tags: ['a', X, X] }, ['inputs.tags: must have at most 2 items']],
    [order, { id: 1, tags: [X, X] }, []],
    [order, { id: 1, tags: ['long', X] }, ['inputs.tags[0]: must have at most 3 characters']],
    [order, { id: 1, to: { city: X } }, []],
    [order, { id: 1, to: { city: 'x' } }, ['inputs.to.street: is required']],
    [{ const: { a: 1 } }, { a: X }, []],
    [{ not: { required: ['a'] } }, { a: X }, []],
    [{ not: { required: ['a'] } }, { a: 1 }, ['inputs: is of a form that is not allowed']],
    [byMode, { mode: X }, []],
    [byMode, { mode: 'by_id' }, ['inputs.id: is required', 'inputs: must match "then" schema']],
  ])('%j tells of %j: %j', (schema, template, issues) => {
    expect(check(schema, template)).toEqual(issues);
  });
});
