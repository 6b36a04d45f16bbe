import type { JsonObject } from '../../engine/core/json';
import { EMPTY_CONFIGURATION } from './configuration-document';
import { readMcpJson } from './read-mcp-json';
import { MCP_CLIENTS, type McpClient, type ServerToWrite, writeMcpJson } from './write-mcp-json';

const servers: ServerToWrite[] = [
  {
    name: 'files',
    config: {
      type: 'mcp_server',
      transport: 'stdio',
      command: 'npx',
      args: ['-y', 'server', '--key=${{ secrets.ARG_KEY }}'],
      env: { LEVEL: 'debug', API_KEY: '${{ secrets.FILES_KEY }}' },
      network: true,
    },
  },
  {
    name: 'crm',
    config: {
      type: 'mcp_server',
      transport: 'streamable_http',
      url: 'https://crm.example.com/mcp?tenant=${{ secrets.TENANT }}',
      headers: { Authorization: 'Bearer ${{ secrets.CRM_TOKEN }}', 'X-Team': 'ops' },
      allow_tools: ['a'],
    },
  },
  { name: 'old', config: { type: 'mcp_server', transport: 'sse', url: 'https://old.example.com/sse' } },
];

it.each<[McpClient, JsonObject]>([
  [
    'claude',
    {
      mcpServers: {
        files: {
          command: 'npx',
          args: ['-y', 'server', '--key=${ARG_KEY}'],
          env: { LEVEL: 'debug', API_KEY: '${FILES_KEY}' },
        },
        crm: {
          type: 'http',
          url: 'https://crm.example.com/mcp?tenant=${TENANT}',
          headers: { Authorization: 'Bearer ${CRM_TOKEN}', 'X-Team': 'ops' },
        },
        old: { type: 'sse', url: 'https://old.example.com/sse' },
      },
    },
  ],
  [
    'cursor',
    {
      mcpServers: {
        files: {
          type: 'stdio',
          command: 'npx',
          args: ['-y', 'server', '--key=${env:ARG_KEY}'],
          env: { LEVEL: 'debug', API_KEY: '${env:FILES_KEY}' },
        },
        crm: {
          url: 'https://crm.example.com/mcp?tenant=${env:TENANT}',
          headers: { Authorization: 'Bearer ${env:CRM_TOKEN}', 'X-Team': 'ops' },
        },
        old: { url: 'https://old.example.com/sse' },
      },
    },
  ],
  [
    'vscode',
    {
      inputs: [
        { type: 'promptString', id: 'ARG_KEY', description: 'ARG_KEY', password: true },
        { type: 'promptString', id: 'CRM_TOKEN', description: 'of the CRM', password: true },
        { type: 'promptString', id: 'FILES_KEY', description: 'FILES_KEY', password: true },
        { type: 'promptString', id: 'TENANT', description: 'TENANT', password: true },
      ],
      servers: {
        files: {
          type: 'stdio',
          command: 'npx',
          args: ['-y', 'server', '--key=${input:ARG_KEY}'],
          env: { LEVEL: 'debug', API_KEY: '${input:FILES_KEY}' },
        },
        crm: {
          type: 'http',
          url: 'https://crm.example.com/mcp?tenant=${input:TENANT}',
          headers: { Authorization: 'Bearer ${input:CRM_TOKEN}', 'X-Team': 'ops' },
        },
        old: { type: 'sse', url: 'https://old.example.com/sse' },
      },
    },
  ],
])('writes servers as %s has them', (client, file) => {
  const describeSecret = (name: string): string => (name === 'CRM_TOKEN' ? 'of the CRM' : '');
  expect(writeMcpJson(client, servers, describeSecret)).toEqual(file);
});

it.each(MCP_CLIENTS)('writes for %s what is read as the same servers', (client) => {
  const file = JSON.parse(JSON.stringify(writeMcpJson(client, servers))) as JsonObject;
  const read = readMcpJson(file, EMPTY_CONFIGURATION);
  const configs =
    read.ok &&
    read.value.configuration.versioned.mcp_definitions.map(({ versions }) => versions[0]?.document.config);
  const expected = servers.map(({ config: { allow_tools: _kept, ...config } }) => config);
  // Cursor's file does not tell the two transports over HTTP apart.
  const told =
    client === 'cursor'
      ? expected.map((config) =>
          config.transport === 'sse' ? { ...config, transport: 'streamable_http' } : config,
        )
      : expected;
  expect(configs).toEqual(told);
  expect(read.ok && read.value.newSecrets).toEqual([]);
});

it('hides credentials that somebody wrote out', () => {
  const config = {
    type: 'mcp_server',
    transport: 'streamable_http',
    url: 'https://a.example/mcp?api_key=abcdefgh1&v=1',
    headers: { 'X-Api-Key': 'abcdefgh2' },
    auth: { type: 'bearer', token: 'abcdefgh3' },
  };
  const command = {
    transport: 'stdio',
    command: 'x',
    args: ['--token', 'abcdefgh4'],
    env: { PASSWORD: 'abcdefgh5' },
  };
  expect(
    writeMcpJson('claude', [
      { name: 'a', config },
      { name: 'b', config: command },
    ]),
  ).toEqual({
    mcpServers: {
      a: {
        type: 'http',
        url: 'https://a.example/mcp?api_key=${A_API_KEY}&v=1',
        headers: { 'X-Api-Key': '${A_X_API_KEY}', Authorization: 'Bearer ${A_TOKEN}' },
      },
      b: { command: 'x', args: ['--token', '${B_TOKEN}'], env: { PASSWORD: '${B_PASSWORD}' } },
    },
  });
});
