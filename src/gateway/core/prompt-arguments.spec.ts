import type { JsonObject } from '../../engine/core/json';
import { promptArguments } from './prompt-arguments';

it('takes the arguments from the input schema', () => {
  const inputSchema = {
    type: 'object',
    properties: { city: { type: 'string', description: 'Where' }, days: { type: 'integer' } },
    required: ['city'],
  };
  expect(promptArguments({ config: { prompt: '${{ inputs.other }}' }, inputSchema })).toEqual([
    { name: 'city', description: 'Where', required: true },
    { name: 'days', required: false },
  ]);
});

it.each<[JsonObject, string[]]>([
  [
    { system_prompt: 'As ${{ inputs.who }}', prompt: '${{ inputs.a + inputs.b }} ${{ inputs.who }}' },
    ['who', 'a', 'b'],
  ],
  [{ prompt: '${{ "}}" + inputs.a }}' }, ['a']],
  [{ prompt: 'inputs.a, $${{ inputs.b }}' }, []],
  [{ prompt: '${{'.repeat(80_000) }, []],
])('takes them from the placeholders of %.60j otherwise', (config, names) => {
  expect(promptArguments({ config, inputSchema: null })).toEqual(
    names.map((name) => ({ name, required: true })),
  );
});
