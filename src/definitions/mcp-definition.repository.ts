import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { Clock } from '../common/clock';
import type { DefinitionRecord, DefinitionUser } from '../common/versioning/definition-records';
import { VersionedDefinitionRepository } from '../common/versioning/versioned-definition.repository';
import type { McpType } from '../components/component-type';
import { toolDefinitionIds } from '../components/llm-prompt/llm-prompt-config';
import type { JsonObject } from '../engine/core/json';
import type { ComponentReference, ResolvedComponent } from './component-catalog.service';
import { McpDefinitionEntity } from './mcp-definition.entity';
import { MCP_TABLES } from './mcp-tables';
import { McpVersionEntity } from './mcp-version.entity';

/** What a component's definition has beside every definition's fields. */
export interface McpFields {
  readonly mcpType: McpType;
}

export type McpDefinitionRecord = DefinitionRecord & McpFields;

/** The stored components. */
@Injectable()
export class McpDefinitionRepository extends VersionedDefinitionRepository<McpFields> {
  constructor(dataSource: DataSource, clock: Clock) {
    super(dataSource, clock, { definition: McpDefinitionEntity, version: McpVersionEntity }, MCP_TABLES);
  }

  /**
   * What references to components mean now, in their order.
   *
   * @param manager given: the definitions are also kept from being deleted until its transaction ends
   */
  async resolve(
    references: readonly ComponentReference[],
    manager?: EntityManager,
  ): Promise<ResolvedComponent[]> {
    const definitionIds = references.map(({ mcpDefinitionId }) => mcpDefinitionId);
    if (manager !== undefined) {
      // By id, so that two who lock several never wait for each other in a circle.
      await manager.query('SELECT FROM mcp_definitions WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE', [
        definitionIds,
      ]);
    }
    return (manager ?? this.dataSource).query<ResolvedComponent[]>(
      `SELECT d.mcp_type AS "mcpType", v.id AS "versionId"
       ${this.fromReferences}
       ORDER BY wanted.position`,
      [definitionIds, references.map(({ version }) => version)],
    );
  }

  /** The input schemas of versions, which never change, by the versions' ids; those without one are left out. */
  async findInputSchemas(
    versionIds: readonly string[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<ReadonlyMap<string, JsonObject>> {
    const found = await manager.query<{ id: string; inputSchema: JsonObject }[]>(
      `SELECT id, input_schema AS "inputSchema" FROM mcp_versions
       WHERE id = ANY ($1::uuid[]) AND input_schema IS NOT NULL`,
      [versionIds],
    );
    return new Map(found.map(({ id, inputSchema }) => [id, inputSchema]));
  }

  /** The configurations of versions, which never change, by the versions' ids. */
  async findConfigs(versionIds: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
    const found = await this.dataSource.query<{ id: string; config: JsonObject }[]>(
      'SELECT id, config FROM mcp_versions WHERE id = ANY ($1::uuid[])',
      [versionIds],
    );
    return new Map(found.map(({ id, config }) => [id, config]));
  }

  /** The living prompts whose latest version lets the model call a component. */
  async findPromptsThatCall(mcpDefinitionId: string, manager: EntityManager): Promise<DefinitionUser[]> {
    const candidates = await manager.query<{ id: string; name: string; config: JsonObject }[]>(
      `SELECT d.id, d.name, v.config
       FROM mcp_definitions d JOIN mcp_versions v ON v.id = d.latest_version_id
       WHERE d.deleted_at IS NULL AND d.mcp_type = 'llm_prompt' AND d.id <> $1
         AND strpos(lower(v.config::text), $1::text) > 0
       ORDER BY d.name`,
      [mcpDefinitionId],
    );
    // The text may hold the id elsewhere, in a prompt.
    return candidates
      .filter(({ config }) => toolDefinitionIds(config).includes(mcpDefinitionId))
      .map(({ id, name }) => ({ type: 'mcp_definition', id, name }));
  }

  /** What names a version of a living component; null when there is none with this id. */
  async findReference(versionId: string): Promise<ComponentReference | null> {
    const [found] = await this.dataSource.query<ComponentReference[]>(
      `SELECT d.id AS "mcpDefinitionId", v.version
       FROM mcp_versions v JOIN mcp_definitions d ON d.id = v.mcp_definition_id
       WHERE v.id = $1 AND d.deleted_at IS NULL`,
      [versionId],
    );
    return found ?? null;
  }
}
