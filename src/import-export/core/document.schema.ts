import { SEMANTIC_VERSION_PATTERN } from '../../common/versioning/semantic-version';
import type { JsonObject } from '../../engine/core/json';
import { DOCUMENT_FORMAT, DOCUMENT_FORMAT_VERSION } from './configuration-document';

/** More of one kind than any installation has. */
const MAX_ENTRIES = 10_000;

const name: JsonObject = { type: 'string', minLength: 1, maxLength: 200 };
const text: JsonObject = { type: 'string', maxLength: 10_000 };
const version: JsonObject = { type: 'string', pattern: SEMANTIC_VERSION_PATTERN.source };
const anyObject: JsonObject = { type: 'object', additionalProperties: true };
const labels: JsonObject = { type: 'object', additionalProperties: { type: 'string' } };
const reference = (to: string): JsonObject => ({ ...name, description: `The name of the ${to}` });

function list(required: readonly string[], properties: JsonObject, description: string): JsonObject {
  return {
    type: 'array',
    maxItems: MAX_ENTRIES,
    description,
    items: {
      type: 'object',
      required: ['name', ...required],
      additionalProperties: false,
      properties: { name, ...properties },
    },
  };
}

function versions(required: readonly string[], properties: JsonObject): JsonObject {
  return {
    type: 'array',
    minItems: 1,
    maxItems: MAX_ENTRIES,
    description: 'The lowest first',
    items: {
      type: 'object',
      required: ['version', ...required],
      additionalProperties: false,
      properties: { version, ...properties },
    },
  };
}

const latestVersion: JsonObject = {
  ...version,
  description: 'Which of the versions steps get that name none; the greatest when left out',
};

/**
 * JSON Schema of a configuration as one document. It says which fields there are; what may stand in them is judged as
 * it is for the requests that create such things.
 */
export const CONFIGURATION_SCHEMA: JsonObject = {
  title: 'The whole configuration of an installation',
  description:
    'Without ids: a field that elsewhere ends in `_id` is named without it, and holds a name. Without secrets.',
  type: 'object',
  required: ['format', 'format_version'],
  additionalProperties: false,
  properties: {
    format: { const: DOCUMENT_FORMAT },
    format_version: { const: DOCUMENT_FORMAT_VERSION },
    secrets: list([], { description: text }, 'Names only; they are not imported, but missing ones are told'),
    external_db_configs: list(
      ['db_type', 'db_name'],
      {
        description: text,
        db_type: { type: 'string' },
        host: { type: 'string' },
        port: { type: 'integer' },
        db_name: { type: 'string' },
        username: { type: 'string' },
        ssl: anyObject,
        allow_writes: { type: 'boolean' },
      },
      'Without their passwords',
    ),
    mcp_definitions: list(
      ['mcp_type', 'versions'],
      {
        description: text,
        mcp_type: { type: 'string' },
        labels,
        latest_version: latestVersion,
        versions: versions(['config'], {
          config: anyObject,
          input_schema: { type: ['object', 'null'] },
          output_schema: { type: ['object', 'null'] },
        }),
      },
      'Components',
    ),
    workflow_definitions: list(
      ['versions'],
      {
        description: text,
        labels,
        expose_as_tool: { type: 'boolean' },
        latest_version: latestVersion,
        versions: versions(['spec'], { spec: anyObject }),
      },
      'Workflows',
    ),
    toolsets: list(
      [],
      {
        description: text,
        mode: { type: 'string' },
        members: {
          type: ['array', 'null'],
          maxItems: 500,
          items: {
            type: 'object',
            additionalProperties: false,
            properties: {
              mcp_definition: reference('component'),
              workflow_definition: reference('workflow'),
              mcp_definition_id: { type: 'string', format: 'uuid' },
              workflow_definition_id: { type: 'string', format: 'uuid' },
              version,
              prefix: { type: 'string' },
            },
          },
        },
        allow: { type: 'array', maxItems: 200, items: { type: 'string' } },
        deny: { type: 'array', maxItems: 200, items: { type: 'string' } },
      },
      'Choices of tools',
    ),
    schedules: list(
      ['workflow_definition', 'cron'],
      {
        workflow_definition: reference('workflow'),
        parameters: anyObject,
        cron: { type: 'string' },
        time_zone: { type: 'string' },
        overlap: { type: 'string' },
        enabled: { type: 'boolean' },
      },
      'They start runs as soon as they are imported, unless they are not `enabled`',
    ),
    webhooks: list(
      ['workflow_definition'],
      {
        workflow_definition: reference('workflow'),
        enabled: { type: 'boolean' },
        rate_limit_per_minute: { type: 'integer' },
        signature: {
          type: ['object', 'null'],
          required: ['header'],
          additionalProperties: false,
          properties: { header: { type: 'string' } },
        },
      },
      'Without their tokens and signing secrets',
    ),
  },
};
