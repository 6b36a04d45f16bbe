import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { Labels } from '../common/labels/is-labels.decorator';
import { inSharedTransaction } from '../database/shared-transaction';
import { MCP_TABLES } from '../definitions/mcp-tables';
import type { JsonObject } from '../engine/core/json';
import type { ToolsetRecord } from '../toolsets/toolset';
import { WORKFLOW_TABLES } from '../workflows/workflow-tables';

/** A living definition, without its versions. */
export interface DefinitionRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly labels: Labels;
  readonly latestVersion: string;
  readonly mcpType?: string;
  readonly exposeAsTool?: boolean;
}

export interface VersionRow {
  readonly definitionId: string;
  readonly version: string;
  readonly document: JsonObject;
}

/** Rows of one kind whose fields are those of the wire. */
type Rows = readonly (JsonObject & { readonly id: string; readonly name: string })[];

/** Everything that is configured, as it is stored at one moment. */
export interface StoredConfiguration {
  readonly secrets: readonly { readonly name: string; readonly description: string }[];
  readonly externalDbConfigs: Rows;
  readonly components: readonly DefinitionRow[];
  readonly componentVersions: readonly VersionRow[];
  readonly workflows: readonly DefinitionRow[];
  readonly workflowVersions: readonly VersionRow[];
  readonly toolsets: readonly Pick<
    ToolsetRecord,
    'id' | 'name' | 'description' | 'mode' | 'members' | 'allow' | 'deny'
  >[];
  readonly schedules: Rows;
  readonly webhooks: Rows;
}

/** By the characters' numbers: the same order on every installation, whatever its locale. */
const BY_NAME = 'ORDER BY name COLLATE "C"';

/** Reads the whole configuration; writing is left to the services, whose rules must hold. */
@Injectable()
export class ConfigurationRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` so that all that the services write in it is there, or nothing of it. */
  asOne<Value>(work: () => Promise<Value>): Promise<Value> {
    return inSharedTransaction(this.dataSource, work);
  }

  /** One snapshot: what refers to something and what it refers to are of the same moment. */
  async read(): Promise<StoredConfiguration> {
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      await manager.query('SET TRANSACTION READ ONLY');
      const all = <Row>(sql: string): Promise<Row[]> => manager.query<Row[]>(sql);
      // One after the other: they share one connection.
      return {
        secrets: await all(`SELECT name, description FROM secrets ${BY_NAME}`),
        externalDbConfigs: await all(
          `SELECT id, name, description, db_type, host, port, db_name, username, ssl, allow_writes
           FROM external_db_configs ${BY_NAME}`,
        ),
        components: await all(definitions(MCP_TABLES)),
        componentVersions: await all(versions(MCP_TABLES)),
        workflows: await all(definitions(WORKFLOW_TABLES)),
        workflowVersions: await all(versions(WORKFLOW_TABLES)),
        toolsets: await all(
          `SELECT id, name, description, mode, members, allow, deny FROM toolsets ${BY_NAME}`,
        ),
        schedules: await all(
          `SELECT id, name, workflow_definition_id, parameters, cron, time_zone, overlap, enabled
           FROM schedules ${BY_NAME}`,
        ),
        webhooks: await all(
          `SELECT id, name, workflow_definition_id, enabled, rate_limit_per_minute,
             CASE WHEN signature_header IS NOT NULL THEN json_build_object('header', signature_header) END AS signature
           FROM webhooks ${BY_NAME}`,
        ),
      };
    });
  }
}

type Tables = typeof MCP_TABLES;

function definitions({ definitions: table, versions: versionTable, ownColumns = '' }: Tables): string {
  return `SELECT d.id, d.name, d.description, d.labels, v.version AS "latestVersion", ${ownColumns}
    FROM ${table} d JOIN ${versionTable} v ON v.id = d.latest_version_id
    WHERE d.deleted_at IS NULL ORDER BY d.name COLLATE "C"`;
}

function versions({ definitions: table, versions: versionTable, owner, document }: Tables): string {
  return `SELECT v.${owner} AS "definitionId", v.version, ${document} AS document
    FROM ${versionTable} v JOIN ${table} d ON d.id = v.${owner}
    WHERE d.deleted_at IS NULL ORDER BY string_to_array(v.version, '.')::int[]`;
}
