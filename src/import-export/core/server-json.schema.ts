import type { JsonObject } from '../../engine/core/json';

/** The schema of the registry that exports are written by. */
export const SERVER_JSON_VERSION =
  'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';

const text: JsonObject = { type: 'string' };
const flag: JsonObject = { type: 'boolean' };

const input: JsonObject = {
  value: text,
  default: text,
  description: text,
  isRequired: flag,
  isSecret: flag,
};

const variables: JsonObject = {
  type: 'object',
  additionalProperties: { type: 'object', properties: input },
};

const named = (required: readonly string[], properties: JsonObject = {}): JsonObject => ({
  type: 'array',
  items: { type: 'object', required: [...required], properties: { ...input, variables, ...properties } },
});

const args = named(['type'], { type: { enum: ['positional', 'named'] }, name: text, valueHint: text });
const keyValues = named(['name'], { name: text });

/** JSON Schema of what is read of a `server.json`; the registry's own says more of what is not. */
export const SERVER_JSON_SCHEMA: JsonObject = {
  title: 'server.json of the MCP registry',
  type: 'object',
  required: ['name', 'description', 'version'],
  additionalProperties: true,
  properties: {
    $schema: text,
    name: { type: 'string', minLength: 3, maxLength: 200, pattern: '^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$' },
    description: { type: 'string', minLength: 1 },
    version: text,
    remotes: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type', 'url'],
        properties: { type: text, url: text, headers: keyValues, variables },
      },
    },
    packages: {
      type: 'array',
      items: {
        type: 'object',
        required: ['registryType', 'identifier', 'transport'],
        properties: {
          registryType: text,
          registryBaseUrl: text,
          identifier: text,
          version: text,
          runtimeHint: text,
          transport: { type: 'object', required: ['type'], properties: { type: text } },
          runtimeArguments: args,
          packageArguments: args,
          environmentVariables: keyValues,
        },
      },
    },
  },
};
