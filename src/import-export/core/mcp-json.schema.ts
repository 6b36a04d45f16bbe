import type { JsonObject } from '../../engine/core/json';

const server: JsonObject = {
  type: 'object',
  additionalProperties: true,
  properties: {
    type: { type: 'string', description: '`stdio`, `http` or `sse`; guessed when left out' },
    command: { type: 'string' },
    args: { type: 'array', items: { type: 'string' } },
    env: { type: 'object', additionalProperties: { type: ['string', 'number', 'null'] } },
    url: { type: 'string' },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

const servers = (whose: string): JsonObject => ({
  type: 'object',
  additionalProperties: server,
  description: `By name, as ${whose} has them`,
});

/** JSON Schema of the files in which AI clients keep their MCP servers, as far as they are read and written here. */
export const MCP_JSON_SCHEMA: JsonObject = {
  title: 'mcp.json',
  type: 'object',
  additionalProperties: true,
  properties: {
    mcpServers: servers('Claude and Cursor'),
    servers: servers('VS Code'),
    inputs: {
      type: 'array',
      description: 'Of VS Code: values that the user is asked for',
      items: {
        type: 'object',
        required: ['id'],
        additionalProperties: true,
        properties: { id: { type: 'string' }, password: { type: 'boolean' }, default: { type: 'string' } },
      },
    },
  },
};
