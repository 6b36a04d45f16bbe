import { DataSource } from 'typeorm';
import { type StoredComponent, StoredComponents } from './stored-components';

/** Reads registered components from the tables that `src/definitions` writes; needed in workers, which lack that feature. */
export class StoredComponentsRepository extends StoredComponents {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async find(definitionId: string, version: string | null): Promise<StoredComponent | null> {
    return this.first(
      `d.id = $1 AND d.deleted_at IS NULL
         AND CASE WHEN $2::text IS NULL THEN v.id = d.latest_version_id ELSE v.version = $2 END`,
      [definitionId, version],
    );
  }

  override async findVersion(versionId: string): Promise<StoredComponent | null> {
    return this.first('v.id = $1', [versionId]);
  }

  private async first(condition: string, values: unknown[]): Promise<StoredComponent | null> {
    const [found] = await this.dataSource.query<StoredComponent[]>(
      `SELECT d.id AS "definitionId", d.name, d.description, d.mcp_type AS "mcpType",
         v.id AS "versionId", v.config, v.input_schema AS "inputSchema", v.output_schema AS "outputSchema"
       FROM mcp_definitions d JOIN mcp_versions v ON v.mcp_definition_id = d.id
       WHERE ${condition}`,
      values,
    );
    return found ?? null;
  }
}
