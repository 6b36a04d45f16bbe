import type { JsonObject } from '../../engine/core/json';
import { type Configuration, EMPTY_CONFIGURATION } from './configuration-document';
import { readMcpJson } from './read-mcp-json';

const TOKEN = 'ghp_0123456789abcdefghij';

function read(file: JsonObject, here: Configuration = EMPTY_CONFIGURATION) {
  const result = readMcpJson(file, here);
  if (!result.ok) return { issues: result.error };
  const { configuration, newSecrets } = result.value;
  return {
    configs: Object.fromEntries(
      configuration.versioned.mcp_definitions.map(({ name, versions }) => [
        name,
        versions[0]?.document.config,
      ]),
    ),
    secrets: Object.fromEntries(newSecrets.map(({ name, value }) => [name, value])),
  };
}

const stdio = { type: 'mcp_server', transport: 'stdio', network: true };
const http = { type: 'mcp_server', transport: 'streamable_http' };

// The forms are those of the clients' own documentation.
it.each<[string, JsonObject, JsonObject, Record<string, string>]>([
  [
    'Claude Desktop: a process with a token written out',
    {
      mcpServers: {
        github: {
          command: 'npx',
          args: ['-y', '@modelcontextprotocol/server-github'],
          env: { GITHUB_PERSONAL_ACCESS_TOKEN: TOKEN, LOG_LEVEL: 'debug' },
        },
      },
    },
    {
      github: {
        ...stdio,
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-github'],
        env: {
          GITHUB_PERSONAL_ACCESS_TOKEN: '${{ secrets.GITHUB_GITHUB_PERSONAL_ACCESS_TOKEN }}',
          LOG_LEVEL: 'debug',
        },
      },
    },
    { GITHUB_GITHUB_PERSONAL_ACCESS_TOKEN: TOKEN },
  ],
  [
    'Claude Code: variables with and without defaults',
    {
      mcpServers: {
        'api-server': {
          type: 'http',
          url: '${API_BASE_URL:-https://api.example.com}/mcp',
          headers: { Authorization: 'Bearer ${API_KEY}' },
        },
      },
    },
    {
      'api-server': {
        ...http,
        url: 'https://api.example.com/mcp',
        headers: { Authorization: 'Bearer ${{ secrets.API_KEY }}' },
      },
    },
    {},
  ],
  [
    'Cursor: an address without a type',
    {
      mcpServers: {
        remote: {
          url: 'https://api.example.com/mcp',
          headers: { Authorization: 'Bearer ${env:MY_SERVICE_TOKEN}' },
        },
      },
    },
    {
      remote: {
        ...http,
        url: 'https://api.example.com/mcp',
        headers: { Authorization: 'Bearer ${{ secrets.MY_SERVICE_TOKEN }}' },
      },
    },
    {},
  ],
  [
    'VS Code: inputs that its user is asked for',
    {
      inputs: [
        { type: 'promptString', id: 'perplexity-key', description: 'Perplexity API Key', password: true },
        { type: 'promptString', id: 'region', description: 'Region', default: 'eu' },
      ],
      servers: {
        perplexity: {
          type: 'stdio',
          command: 'npx',
          args: ['-y', 'server-perplexity-ask', '--region', '${input:region}'],
          env: { PERPLEXITY_API_KEY: '${input:perplexity-key}', RETRIES: 3, UNSET: null },
        },
        old: { type: 'sse', url: 'https://example.com/sse' },
      },
    },
    {
      perplexity: {
        ...stdio,
        command: 'npx',
        args: ['-y', 'server-perplexity-ask', '--region', 'eu'],
        env: { PERPLEXITY_API_KEY: '${{ secrets.PERPLEXITY_KEY }}', RETRIES: '3' },
      },
      old: { type: 'mcp_server', transport: 'sse', url: 'https://example.com/sse' },
    },
    {},
  ],
  [
    'credentials in headers, queries and arguments',
    {
      mcpServers: {
        a: { url: 'https://a.example/mcp?api_key=abc%2Fdefgh&v=1', headers: { 'X-API-Key': 'abcdefgh1' } },
        b: {
          command: 'npx',
          args: [
            'mcp-remote',
            'https://b.example',
            '--header',
            'Authorization: Bearer abcdefgh2',
            '--api-key=abcdefgh3',
          ],
        },
        c: { command: 'x', args: ['--token', 'abcdefgh4', 'postgresql://u:p4ssword@db/x', '--verbose'] },
      },
    },
    {
      a: {
        ...http,
        url: 'https://a.example/mcp?api_key=${{ secrets.A_API_KEY }}&v=1',
        headers: { 'X-API-Key': '${{ secrets.A_X_API_KEY }}' },
      },
      b: {
        ...stdio,
        command: 'npx',
        args: [
          'mcp-remote',
          'https://b.example',
          '--header',
          'Authorization: Bearer ${{ secrets.B_AUTHORIZATION }}',
          '--api-key=${{ secrets.B_API_KEY }}',
        ],
      },
      c: {
        ...stdio,
        command: 'x',
        args: ['--token', '${{ secrets.C_TOKEN }}', '${{ secrets.C_ARG_2 }}', '--verbose'],
      },
    },
    {
      A_API_KEY: 'abc/defgh',
      A_X_API_KEY: 'abcdefgh1',
      B_AUTHORIZATION: 'abcdefgh2',
      B_API_KEY: 'abcdefgh3',
      C_TOKEN: 'abcdefgh4',
      C_ARG_2: 'postgresql://u:p4ssword@db/x',
    },
  ],
  [
    'what only looks like a credential, and what stands in for one',
    {
      mcpServers: {
        a: {
          command: 'x',
          env: { USE_TOKEN: 'true', TOKEN_LIMIT: '4000', PUBLIC_KEY: 'abcdefgh', API_KEY: '<YOUR_API_KEY>' },
        },
        off: { command: 'y', disabled: true },
      },
    },
    {
      a: {
        ...stdio,
        command: 'x',
        env: {
          USE_TOKEN: 'true',
          TOKEN_LIMIT: '4000',
          PUBLIC_KEY: 'abcdefgh',
          API_KEY: '${{ secrets.A_API_KEY }}',
        },
      },
    },
    {},
  ],
  [
    'our own references',
    {
      mcpServers: {
        a: { url: 'https://a.example', headers: { Authorization: 'Bearer ${{ secrets.MINE }}' } },
      },
    },
    { a: { ...http, url: 'https://a.example', headers: { Authorization: 'Bearer ${{ secrets.MINE }}' } } },
    {},
  ],
])('reads %s', (_case, file, configs, secrets) => {
  expect(read(file)).toEqual({ configs, secrets });
});

it('gives two fields of one name two secrets', () => {
  const file = {
    mcpServers: {
      a: { url: 'https://a.example', headers: { 'X-Token': 'abcdefgh1', x_token: 'abcdefgh2' } },
    },
  };
  expect(read(file).secrets).toEqual({ A_X_TOKEN: 'abcdefgh1', A_X_TOKEN_2: 'abcdefgh2' });
});

it('names the secrets of very many fields of one name at once', () => {
  const values = Array.from({ length: 20_000 }, (_, index) => `abcdefgh${index}`);
  const env = Object.fromEntries(values.map((value, index) => [`T${index}_TOKEN`, value]));
  const { secrets } = read({ mcpServers: { ['a'.repeat(128)]: { command: 'npx', env } } });
  expect(Object.values(secrets ?? {})).toEqual(values);
});

it('keeps what a component has beside the address of its server', () => {
  const config = {
    ...http,
    url: 'https://old.example',
    auth: { type: 'bearer', token: 'x' },
    allow_tools: ['a'],
    timeout_seconds: 5,
  };
  const document = { config, input_schema: null, output_schema: null };
  const here: Configuration = {
    ...EMPTY_CONFIGURATION,
    versioned: {
      mcp_definitions: [
        {
          name: 'a',
          mcpType: 'mcp_server',
          lasting: {},
          versions: [{ version: '1.0.0', document }],
          latest: '1.0.0',
        },
      ],
      workflow_definitions: [],
    },
  };
  const kept = { allow_tools: ['a'], timeout_seconds: 5 };
  expect(read({ mcpServers: { a: { url: 'https://new.example' } } }, here).configs).toEqual({
    a: { ...http, url: 'https://new.example', auth: { type: 'bearer', token: 'x' }, ...kept },
  });
  const headers = { authorization: 'Bearer ${TOKEN}' };
  expect(read({ mcpServers: { a: { url: 'https://new.example', headers } } }, here).configs).toEqual({
    a: {
      ...http,
      url: 'https://new.example',
      headers: { authorization: 'Bearer ${{ secrets.TOKEN }}' },
      ...kept,
    },
  });
  expect(read({ mcpServers: { a: { command: 'x' } } }, here).configs).toEqual({
    a: { ...stdio, command: 'x', ...kept },
  });
});

it.each<[string, JsonObject, string]>([
  ['a file of something else', { name: 'x' }, 'servers'],
  ['a list of servers', { mcpServers: [] }, 'mcpServers'],
  ['a server that is none', { mcpServers: { a: 'x' } }, 'mcpServers.a'],
  ['a server without an address', { mcpServers: { 'my server': {} } }, 'mcpServers["my server"]'],
  ['an unknown type', { servers: { a: { type: 'ws', url: 'wss://x' } } }, 'servers.a.type'],
  [
    'a type that only every object has',
    { servers: { a: { type: 'constructor', url: 'https://x' } } },
    'servers.a.type',
  ],
  ['arguments that are none', { mcpServers: { a: { command: 'x', args: 'y' } } }, 'mcpServers.a.args'],
  ['an argument that is none', { mcpServers: { a: { command: 'x', args: [1] } } }, 'mcpServers.a.args[0]'],
  [
    'a variable of the environment that is none',
    { mcpServers: { a: { command: 'x', env: { A: true } } } },
    'mcpServers.a.env.A',
  ],
  ['an input that there is not', { servers: { a: { url: 'https://x/${input:nope}' } } }, 'servers.a.url'],
  ['inputs that are none', { servers: {}, inputs: [{}] }, 'inputs[0].id'],
  [
    'a folder of the client',
    { mcpServers: { a: { command: 'x', args: ['${workspaceFolder}'] } } },
    'mcpServers.a.args[0]',
  ],
  ['an unknown variable', { mcpServers: { a: { command: '${command:x}' } } }, 'mcpServers.a.command'],
  ['a file of variables', { servers: { a: { command: 'x', envFile: '.env' } } }, 'servers.a.envFile'],
  ['a log-in with a browser', { mcpServers: { a: { url: 'https://x', oauth: {} } } }, 'mcpServers.a.oauth'],
  [
    'a password too short to be a secret',
    { mcpServers: { a: { command: 'x', env: { DB_PASSWORD: 'short' } } } },
    'mcpServers.a.env.DB_PASSWORD',
  ],
  [
    'a value that is too long with what stands for its variables',
    {
      servers: { a: { command: 'x', args: ['${input:a}'.repeat(100_000)] } },
      inputs: [{ id: 'a', default: 'x'.repeat(100_000) }],
    },
    'servers.a.args[0]',
  ],
])('refuses %s, and names the place', (_case, file, path) => {
  expect(read(file).issues?.map((issue) => issue.path)).toEqual([path]);
});

it.each([
  ['the beginning of an address', 'a'],
  ['beginnings of tokens', 'eyJ-'],
  ['beginnings of parameters', '?'],
  ['beginnings of references', '${{'],
])('reads a million characters that look like %s in one pass', (_case, part) => {
  const text = part.repeat(1_000_000 / part.length);
  const { issues } = read({
    mcpServers: { a: { command: 'x', args: [text] }, b: { url: text, headers: { name: text } } },
  });
  expect(issues).toBeUndefined();
});
