import { SCHEMA_NAMES } from '../common/openapi/schema-names';
import type { ComponentType } from '../components/component-type';
import type { JsonObject } from '../engine/core/json';
import { WORKFLOW_SPEC_SCHEMA } from '../engine/core/workflow-spec.schema';
import { CONFIGURATION_SCHEMA } from '../import-export/core/document.schema';
import { MCP_JSON_SCHEMA } from '../import-export/core/mcp-json.schema';
import { SERVER_JSON_SCHEMA } from '../import-export/core/server-json.schema';
import { isNode, walk } from './schema-walk';

/**
 * The schemas of user documents, for `components.schemas`: the very ones by which they are checked. Configurations
 * are a union, told apart by `type`.
 */
export function domainSchemas(types: readonly ComponentType[]): Record<string, JsonObject> {
  const named = types.map((type) => ({ type, name: configName(type.mcpType) }));
  const reference = (name: string): string => `#/components/schemas/${name}`;
  return {
    [SCHEMA_NAMES.config]: {
      description: "A component's configuration; its `type` equals the component's `mcp_type`.",
      oneOf: named.map(({ name }) => ({ $ref: reference(name) })),
      discriminator: {
        propertyName: 'type',
        mapping: Object.fromEntries(named.map(({ type, name }) => [type.mcpType, reference(name)])),
      },
    },
    ...Object.fromEntries(named.map(({ type, name }) => [name, asComponent(type.configSchema, name)])),
    [SCHEMA_NAMES.workflowSpec]: asComponent(WORKFLOW_SPEC_SCHEMA, SCHEMA_NAMES.workflowSpec),
    [SCHEMA_NAMES.configuration]: asComponent(CONFIGURATION_SCHEMA, SCHEMA_NAMES.configuration),
    [SCHEMA_NAMES.mcpJson]: asComponent(MCP_JSON_SCHEMA, SCHEMA_NAMES.mcpJson),
    [SCHEMA_NAMES.serverJson]: asComponent(SERVER_JSON_SCHEMA, SCHEMA_NAMES.serverJson),
  };
}

/** `http_request` → `HttpRequestConfig`. */
function configName(mcpType: string): string {
  const words = mcpType.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Config`;
}

/** A copy whose local references (`#/$defs/…`) still hold when it stands inside the document. */
function asComponent(schema: JsonObject, name: string): JsonObject {
  const copy = structuredClone(schema);
  delete copy.$schema;
  delete copy.$id;
  walk(copy, (node) => {
    if (isNode(node) && typeof node.$ref === 'string' && node.$ref.startsWith('#/')) {
      node.$ref = `#/components/schemas/${name}${node.$ref.slice(1)}`;
    }
  });
  return copy;
}
