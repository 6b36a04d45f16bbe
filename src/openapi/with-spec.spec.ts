import { WITH_SPEC } from '../common/openapi/schema-names';
import { writeSpecFields } from './with-spec';

it.each<[string, object]>([
  ['required', { required: ['name', 'steps'] }],
  // Whoever gives a part of the spec gives what it cannot do without.
  ['optional', { required: ['name'], dependentRequired: { result: ['steps'] } }],
])('writes the fields of a %s spec beside the own ones', (mark, expected) => {
  const schemas = {
    WorkflowSpec: {
      required: ['steps'],
      properties: { steps: {}, result: {} },
      additionalProperties: false,
    },
    XDto: { required: ['name'], properties: { name: {} }, additionalProperties: false },
  };
  const reference = { $ref: '#/components/schemas/XDto', [WITH_SPEC]: mark };
  writeSpecFields({ '/x': { post: { requestBody: reference } } }, schemas);

  expect(reference).toEqual({ $ref: '#/components/schemas/XDto' });
  expect(schemas.XDto).toEqual({
    properties: { name: {}, steps: {}, result: {} },
    additionalProperties: false,
    ...expected,
  });
});
