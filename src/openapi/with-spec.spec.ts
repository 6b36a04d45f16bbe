import { WITH_SPEC } from '../common/openapi/schema-names';
import { writeSpecFields } from './with-spec';

it.each([
  ['required', ['name', 'steps']],
  ['optional', ['name']],
])('writes the fields of a %s spec beside the own ones', (mark, required) => {
  const schemas = {
    WorkflowSpec: { required: ['steps'], properties: { steps: {} }, additionalProperties: false },
    XDto: { required: ['name'], properties: { name: {} }, additionalProperties: false },
  };
  const reference = { $ref: '#/components/schemas/XDto', [WITH_SPEC]: mark };
  writeSpecFields({ '/x': { post: { requestBody: reference } } }, schemas);

  expect(reference).toEqual({ $ref: '#/components/schemas/XDto' });
  expect(schemas.XDto).toEqual({
    required,
    properties: { name: {}, steps: {} },
    additionalProperties: false,
  });
});
