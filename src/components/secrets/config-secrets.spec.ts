import { ConfigSecrets } from './config-secrets';
import { secretReferences } from './secret-references';

const STORED = new Map([
  ['TOKEN', 'abc/d?e f'],
  ['KEY_2', 'key-of-some-length'],
]);
const secrets = new ConfigSecrets({
  find: (names) => Promise.resolve(new Map([...STORED].filter(([name]) => names.includes(name)))),
});

it.each([
  ['a text as a whole', '${{ secrets.TOKEN }}', 'abc/d?e f'],
  ['a text with others around', 'Bearer ${{secrets.KEY_2}}!', 'Bearer key-of-some-length!'],
  [
    'the query of an address',
    'https://x.example/a?t=${{ secrets.TOKEN }}',
    'https://x.example/a?t=abc%2Fd%3Fe%20f',
  ],
  ['a text that was made plain', '$${{ secrets.TOKEN }}', '$${{ secrets.TOKEN }}'],
  ['another placeholder', '${{ inputs.secrets }}', '${{ inputs.secrets }}'],
])('puts secrets into %s', async (_where, source, expected) => {
  const { config } = await secrets.open({ type: 'http_request', headers: { a: [source] } });
  expect(config).toEqual({ type: 'http_request', headers: { a: [expected] } });
});

it('gives a configuration without references as it is', async () => {
  const config = { type: 'x', n: 1, list: [null, true] };
  expect((await secrets.open(config)).config).toBe(config);
});

it('names every secret that there is not', async () => {
  const config = { a: '${{ secrets.NONE }} ${{ secrets.TOKEN }}', b: '${{ secrets.NEITHER }}' };
  await expect(secrets.open(config)).rejects.toMatchObject({
    code: 'SECRET_NOT_FOUND',
    message: 'There is no secret NONE, NEITHER: create it, then try again',
  });
});

it('gives a redactor that knows the secrets used', async () => {
  const { redactor } = await secrets.open({ a: '${{ secrets.KEY_2 }}' });
  expect(redactor.text('key-of-some-length abc/d?e f')).toBe('[redacted KEY_2] abc/d?e f');
});

it('tells where references stand', () => {
  const config = { headers: { 'x-key': '${{ secrets.A }}' }, args: ['-t', '${{ secrets.B }}'] };
  expect(secretReferences(config)).toEqual([
    { name: 'A', path: 'headers["x-key"]' },
    { name: 'B', path: 'args[1]' },
  ]);
});
