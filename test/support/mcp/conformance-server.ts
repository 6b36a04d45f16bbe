import { setTimeout as sleep } from 'node:timers/promises';

import type { CallToolResult, ServerContext, Tool } from '@modelcontextprotocol/server';

import { type McpUpstream, startUpstream } from './upstream';

/** A red pixel, and silence. */
const IMAGE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const AUDIO = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

/** Keywords of JSON Schema 2020-12 that must come through as they are (SEP-1613). */
const SCHEMA_2020_12 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object' as const,
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

type Work = (context: ServerContext) => CallToolResult | Promise<CallToolResult>;

const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] });
const image = { type: 'image' as const, data: IMAGE, mimeType: 'image/png' };
const embedded = (uri: string, content: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType: 'text/plain', text: content },
});

/** The tools that the conformance suite calls, by the names and with the answers that it expects. */
const TOOLS: Readonly<Record<string, { readonly schema?: Tool['inputSchema']; readonly work: Work }>> = {
  test_simple_text: { work: () => text('This is a simple text response for testing.') },
  test_image_content: { work: () => ({ content: [image] }) },
  test_audio_content: {
    work: () => ({ content: [{ type: 'audio', data: AUDIO, mimeType: 'audio/wav' }] }),
  },
  test_embedded_resource: {
    work: () => ({
      content: [embedded('test://embedded-resource', 'This is an embedded resource content.')],
    }),
  },
  test_multiple_content_types: {
    work: () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        image,
        embedded('test://mixed-content-resource', '{"test":"data","value":123}'),
      ],
    }),
  },
  test_tool_with_logging: {
    work: async ({ mcpReq }) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
        await sleep(50);
      }
      return text('Tool with logging executed successfully');
    },
  },
  test_logging_tool: {
    work: async ({ mcpReq }) => {
      await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data: 'logged' } });
      return text('logged');
    },
  },
  test_error_handling: {
    work: () => ({ ...text('This tool intentionally returns an error for testing'), isError: true }),
  },
  test_tool_with_progress: {
    work: async ({ mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken ?? 0;
      for (const progress of [0, 50, 100]) {
        const params = { progressToken, progress, total: 100, message: `${progress} of 100` };
        await mcpReq.notify({ method: 'notifications/progress', params });
        await sleep(50);
      }
      return text('done');
    },
  },
  json_schema_2020_12_tool: { schema: SCHEMA_2020_12, work: () => text('ok') },
  test_custom_headers: {
    schema: {
      type: 'object',
      properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
    },
    work: () => text('ok'),
  },
};

const argument = (name: string) => ({ name, description: `The argument ${name}`, required: true });

const PROMPTS = [
  { name: 'test_simple_prompt', description: 'Without arguments' },
  {
    name: 'test_prompt_with_arguments',
    description: 'With two',
    arguments: [argument('arg1'), argument('arg2')],
  },
  {
    name: 'test_prompt_with_embedded_resource',
    description: 'With a resource',
    arguments: [argument('resourceUri')],
  },
  { name: 'test_prompt_with_image', description: 'With an image' },
];

/** An MCP server with everything that the official conformance suite asks of a server, as far as it can pass a gateway. */
export function startConformanceServer(port = 0): Promise<McpUpstream> {
  return startUpstream((server) => {
    server.registerCapabilities({ tools: {}, prompts: {}, resources: {}, logging: {}, completions: {} });
    server.setRequestHandler('tools/list', () => ({
      tools: Object.entries(TOOLS).map(([name, { schema }]) => ({
        name,
        description: `Tests ${name}`,
        inputSchema: schema ?? { type: 'object' },
      })),
    }));
    server.setRequestHandler('tools/call', ({ params }, context) => {
      const tool = TOOLS[params.name];
      if (tool === undefined) throw new Error(`no tool ${params.name}`);
      return tool.work(context);
    });
    server.setRequestHandler('prompts/list', () => ({ prompts: PROMPTS }));
    server.setRequestHandler('prompts/get', ({ params: { name, arguments: args = {} } }) => {
      const says = (content: object) => ({ messages: [{ role: 'user' as const, content }] }) as never;
      switch (name) {
        case 'test_prompt_with_arguments':
          return says({
            type: 'text',
            text: `Prompt with arguments: arg1='${args['arg1'] ?? ''}', arg2='${args['arg2'] ?? ''}'`,
          });
        case 'test_prompt_with_embedded_resource':
          return says(embedded(args['resourceUri'] ?? '', 'Embedded resource content for testing.'));
        case 'test_prompt_with_image':
          return says(image);
        default:
          return says({ type: 'text', text: 'This is a simple prompt for testing.' });
      }
    });
    server.setRequestHandler('resources/list', () => ({
      resources: [
        { uri: 'test://static-text', name: 'Static text', mimeType: 'text/plain' },
        { uri: 'test://static-binary', name: 'Static binary', mimeType: 'image/png' },
      ],
    }));
    server.setRequestHandler('resources/templates/list', () => ({
      resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'Data by id' }],
    }));
    server.setRequestHandler('resources/read', ({ params: { uri } }) => {
      if (uri === 'test://static-binary') return { contents: [{ uri, mimeType: 'image/png', blob: IMAGE }] };
      const id = /^test:\/\/template\/(\w+)\/data$/.exec(uri)?.[1];
      if (uri !== 'test://static-text' && id === undefined) throw notFound(uri);
      const content =
        id === undefined ? 'This is the content of the static text resource.' : JSON.stringify({ id });
      return { contents: [{ uri, mimeType: 'text/plain', text: content }] };
    });
    server.setRequestHandler('completion/complete', () => ({
      completion: { values: ['paris', 'park'], total: 2, hasMore: false },
    }));
  }, port);
}

function notFound(uri: string): Error {
  return Object.assign(new Error(`Resource not found: ${uri}`), { code: -32_002, data: { uri } });
}
