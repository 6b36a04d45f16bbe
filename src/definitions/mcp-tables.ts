import type { VersionedTables } from '../common/versioning/versioned-definition.repository';

/** Where components and their versions are stored. */
export const MCP_TABLES: VersionedTables = {
  definitions: 'mcp_definitions',
  versions: 'mcp_versions',
  owner: 'mcp_definition_id',
  document: 'config',
  livingName: 'mcp_definitions_living_name',
  ownColumns: 'd.mcp_type AS "mcpType"',
};
