import type { VersionedTables } from '../common/versioning/versioned-definition.repository';

/** Where workflows and their versions are stored. */
export const WORKFLOW_TABLES: VersionedTables = {
  definitions: 'workflow_definitions',
  versions: 'workflow_versions',
  owner: 'workflow_definition_id',
  document: 'v.spec',
  documentFields: (spec) => ({ spec }),
  livingName: 'workflow_definitions_living_name',
  ownColumns: 'd.expose_as_tool AS "exposeAsTool"',
};
