import type { VersionedTables } from '../common/versioning/versioned-definition.repository';

import { readMcpDocument } from './mcp-document';

/** Where components and their versions are stored. */
export const MCP_TABLES: VersionedTables = {
  definitions: 'mcp_definitions',
  versions: 'mcp_versions',
  owner: 'mcp_definition_id',
  // The texts of the three are put together as they are: none is parsed.
  document: `json_build_object(
    'config', v.config, 'input_schema', v.input_schema, 'output_schema', v.output_schema)`,
  documentFields: (document) => {
    const { config, input_schema: inputSchema, output_schema: outputSchema } = readMcpDocument(document);
    return { config, inputSchema, outputSchema };
  },
  livingName: 'mcp_definitions_living_name',
  ownColumns: 'd.mcp_type AS "mcpType"',
};
