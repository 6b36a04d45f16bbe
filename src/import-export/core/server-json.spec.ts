import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import Ajv from 'ajv';
import addFormats from 'ajv-formats';

import type { JsonObject } from '../../engine/core/json';
import { type Configuration, EMPTY_CONFIGURATION, type VersionedEntry } from './configuration-document';
import { readServerJson } from './read-server-json';
import { writeServerJson } from './write-server-json';

const SCHEMA_FILE = join(__dirname, '../../../test/support/mcp/server-json-2025-12-11.schema.json');
const ajv = new Ajv({ strict: false });
addFormats(ajv);
const isServerJson = ajv.compile(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as object);

const HEAD = { name: 'io.example/weather', description: 'Weather', version: '1.2.0' };

function read(parts: JsonObject, secrets: readonly string[] = []) {
  const here: Configuration = {
    ...EMPTY_CONFIGURATION,
    secrets: secrets.map((name) => ({ name, description: '' })),
  };
  const result = readServerJson({ ...HEAD, ...parts }, here, null);
  if (!result.ok) return { issues: result.error.map(({ path }) => path) };
  const [entry] = result.value.configuration.versioned.mcp_definitions;
  return { config: entry?.versions[0]?.document.config, entry, newSecrets: result.value.newSecrets };
}

const stdio = { transport: { type: 'stdio' } };
const npm = { registryType: 'npm', identifier: '@example/weather', version: '1.0.2', ...stdio };
const asProcess = { type: 'mcp_server', transport: 'stdio', network: true };

// The forms are those of the registry's documentation.
it.each<[string, JsonObject, JsonObject]>([
  [
    'a package of npm with a secret',
    {
      packages: [
        {
          ...npm,
          environmentVariables: [
            { name: 'WEATHER_API_KEY', isRequired: true, isSecret: true },
            { name: 'UNITS', default: 'celsius' },
            { name: 'DEBUG' },
            { name: 'PROXY_PASSWORD', isSecret: true },
          ],
        },
      ],
    },
    {
      ...asProcess,
      command: 'npx',
      args: ['-y', '@example/weather@1.0.2'],
      env: { WEATHER_API_KEY: '${{ secrets.WEATHER_API_KEY }}', UNITS: 'celsius' },
    },
  ],
  [
    'a package of PyPI with arguments',
    {
      packages: [
        {
          registryType: 'pypi',
          registryBaseUrl: 'https://pypi.org',
          identifier: 'weather',
          runtimeHint: 'uvx',
          ...stdio,
          runtimeArguments: [{ type: 'named', name: '-p', value: '3.12' }],
          packageArguments: [
            { type: 'positional', value: 'serve' },
            { type: 'named', name: '--mode', default: 'local' },
            { type: 'named', name: '--verbose', value: '' },
            { type: 'named', name: '--port' },
          ],
        },
      ],
    },
    { ...asProcess, command: 'uvx', args: ['-p', '3.12', 'weather', 'serve', '--mode=local', '--verbose'] },
  ],
  [
    'an address rather than a package, with variables',
    {
      packages: [npm],
      remotes: [
        {
          type: 'streamable-http',
          url: 'https://{region}.example.com/mcp',
          variables: { region: { default: 'eu' } },
          headers: [
            { name: 'Authorization', value: 'Bearer {token}', variables: { token: { isSecret: true } } },
            { name: 'X-API-Key', isSecret: true, isRequired: true },
            { name: 'X-Plain', value: '{kept}' },
          ],
        },
      ],
    },
    {
      type: 'mcp_server',
      transport: 'streamable_http',
      url: 'https://eu.example.com/mcp',
      headers: {
        Authorization: 'Bearer ${{ secrets.TOKEN }}',
        'X-API-Key': '${{ secrets.WEATHER_X_API_KEY }}',
        'X-Plain': '{kept}',
      },
    },
  ],
  [
    'the first way that can be used here',
    { packages: [{ registryType: 'oci', identifier: 'mcp/weather', ...stdio }, npm] },
    { ...asProcess, command: 'npx', args: ['-y', '@example/weather@1.0.2'] },
  ],
])('reads %s', (_case, parts, config) => {
  expect(isServerJson({ ...HEAD, ...parts })).toBe(true);
  expect(read(parts).config).toEqual(config);
});

it('names the component by the last part, and keeps what the registry calls it', () => {
  const remotes = [{ type: 'sse', url: 'https://example.com/sse' }];
  expect(read({ remotes }).entry).toMatchObject({
    name: 'weather',
    lasting: { description: 'Weather', labels: { 'registry-name': 'io.example/weather' } },
    source: 'remotes[0]',
  });
  const answer = readServerJson({ server: { ...HEAD, remotes }, _meta: {} }, EMPTY_CONFIGURATION, 'mine');
  expect(answer.ok && answer.value.configuration.versioned.mcp_definitions[0]?.name).toBe('mine');
});

it('makes a secret of one that is written out, and uses an optional one that is here', () => {
  const variables = [
    { name: 'API_KEY', isSecret: true, value: 'a-key-of-some-length' },
    { name: 'EXTRA', isSecret: true },
  ];
  const found = read({ packages: [{ ...npm, environmentVariables: variables }] }, ['EXTRA']);
  expect(found.config).toMatchObject({
    env: { API_KEY: '${{ secrets.WEATHER_API_KEY }}', EXTRA: '${{ secrets.EXTRA }}' },
  });
  expect(found.newSecrets).toMatchObject([{ name: 'WEATHER_API_KEY', value: 'a-key-of-some-length' }]);
});

it.each<[string, JsonObject, string[]]>([
  ['no way to the server', {}, ['remotes']],
  ['a name without a namespace', { name: 'weather', packages: [npm] }, ['name']],
  [
    'a container',
    { packages: [{ registryType: 'oci', identifier: 'x', ...stdio }] },
    ['packages[0].registryType'],
  ],
  [
    'a registry that only every object has',
    { packages: [{ registryType: 'constructor', identifier: 'x', ...stdio }] },
    ['packages[0].registryType'],
  ],
  [
    'a registry of somebody',
    { packages: [{ ...npm, registryBaseUrl: 'https://npm.example.com' }] },
    ['packages[0].registryBaseUrl'],
  ],
  [
    'a package that listens',
    { packages: [{ ...npm, transport: { type: 'sse', url: 'http://localhost:1' } }] },
    ['packages[0].transport.type'],
  ],
  ['an unknown transport', { remotes: [{ type: 'ws', url: 'wss://x' }] }, ['remotes[0].type']],
  [
    'an argument that its user must choose',
    {
      packages: [{ ...npm, packageArguments: [{ type: 'positional', valueHint: 'dir', isRequired: true }] }],
    },
    ['packages[0].packageArguments[0]'],
  ],
  [
    'a variable that its user must choose',
    { remotes: [{ type: 'sse', url: 'https://{tenant}.example', variables: { tenant: {} } }] },
    ['remotes[0].variables.tenant'],
  ],
  [
    'a value that is too long with what stands for its variables',
    {
      remotes: [
        { type: 'sse', url: '{a}'.repeat(100_000), variables: { a: { value: 'x'.repeat(100_000) } } },
      ],
    },
    ['remotes[0]'],
  ],
])('refuses %s, and names the field', (_case, parts, issues) => {
  expect(read(parts).issues).toEqual(issues);
});

it('gives variables no variables of their own', () => {
  let variable: JsonObject = { value: 'x' };
  for (let depth = 0; depth < 40; depth += 1) variable = { value: '{a}{a}', variables: { a: variable } };
  const { config } = read({ remotes: [{ type: 'sse', url: 'https://{a}', variables: { a: variable } }] });
  expect(config).toMatchObject({ url: 'https://{a}{a}' });
});

function component(config: JsonObject, lasting: JsonObject = {}): VersionedEntry {
  const document = { config: { type: 'mcp_server', ...config } };
  return {
    name: 'my server',
    mcpType: 'mcp_server',
    lasting,
    versions: [{ version: '1.1.0', document }],
    latest: '1.1.0',
  };
}

it.each<[string, JsonObject]>([
  [
    'a process of npx',
    { transport: 'stdio', command: 'npx', args: ['-y', '@a/b@1.0.0', '--dir', '/x'], network: true },
  ],
  [
    'a process of uvx with secrets',
    {
      transport: 'stdio',
      command: 'uvx',
      args: ['b', '--key=${{ secrets.KEY }}'],
      env: { TOKEN: '${{ secrets.TOKEN }}', LEVEL: 'info' },
      network: true,
    },
  ],
  [
    'a server over HTTP with secrets',
    {
      transport: 'streamable_http',
      url: 'https://example.com/mcp?t=${{ secrets.TENANT }}',
      headers: { Authorization: 'Bearer ${{ secrets.TOKEN }}', 'X-A': 'b' },
    },
  ],
  ['a server over SSE', { transport: 'sse', url: 'https://example.com/sse' }],
])('writes %s by the schema of the registry, and reads it again', (_case, config) => {
  const written = writeServerJson(component(config));
  if (!written.ok) throw new Error(JSON.stringify(written.error));
  expect([isServerJson(written.value), isServerJson.errors]).toEqual([true, null]);
  const again = readServerJson(written.value, EMPTY_CONFIGURATION, null);
  expect(
    again.ok && again.value.configuration.versioned.mcp_definitions[0]?.versions[0]?.document.config,
  ).toEqual({
    type: 'mcp_server',
    ...config,
  });
});

it('writes no credential, and no text that the registry would refuse', () => {
  const config = {
    transport: 'streamable_http',
    url: 'https://example.com/mcp?api_key=abcdefgh1',
    headers: { 'X-Api-Key': 'abcdefgh2' },
    auth: { type: 'bearer', token: 'abcdefgh3' },
  };
  const written = writeServerJson(
    component(config, { description: 'x'.repeat(500), labels: { 'registry-name': 'io.a/b' } }),
  );
  expect(written.ok && isServerJson(written.value)).toBe(true);
  expect(written.ok && written.value).toMatchObject({ name: 'io.a/b', version: '1.1.0' });
  expect(JSON.stringify(written)).not.toContain('abcdefgh');
});

it.each<[string, JsonObject, string]>([
  ['a program of this machine', { transport: 'stdio', command: 'node', args: ['x.js'] }, 'command'],
  ['a program of a name that every object has', { transport: 'stdio', command: 'constructor' }, 'command'],
  ['options of npx', { transport: 'stdio', command: 'npx', args: ['--registry', 'x', 'b'] }, 'args'],
  ['a range of versions', { transport: 'stdio', command: 'npx', args: ['b@^1.0.0'] }, 'args'],
  ['an address that is secret', { transport: 'sse', url: '${{ secrets.URL }}' }, 'url'],
])('refuses to write %s, and names the field', (_case, config, path) => {
  const written = writeServerJson(component(config));
  expect(written.ok ? [] : written.error).toMatchObject([{ path }]);
});
