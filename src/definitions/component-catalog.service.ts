import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { notFound } from '../common/errors/not-found';
import type { McpType } from '../components/component-type';
import type { SqlExecutor } from '../database/sql-executor';
import type { JsonObject } from '../engine/core/json';
import { McpDefinitionRepository } from './mcp-definition.repository';

/** A component as something that uses it names it. */
export interface ComponentReference {
  readonly mcpDefinitionId: string;
  /** Null: the latest. */
  readonly version: string | null;
}

/** What a reference means: both null when there is no such living definition, `versionId` alone when it lacks the version. */
export interface ResolvedComponent {
  readonly mcpType: McpType | null;
  readonly versionId: string | null;
}

/** What other features may know of components. */
@Injectable()
export class ComponentCatalog {
  constructor(private readonly definitions: McpDefinitionRepository) {}

  /** What references mean now, in their order, by one statement. Ids must be UUIDs. */
  async resolve(references: readonly ComponentReference[]): Promise<ResolvedComponent[]> {
    return references.length === 0 ? [] : this.definitions.resolve(references);
  }

  /**
   * The same inside the caller's transaction, which keeps the definitions from being deleted until it ends: what
   * it stores about them is then seen by whoever wants to delete one.
   */
  async resolveAndHold(
    references: readonly ComponentReference[],
    manager: EntityManager,
  ): Promise<ResolvedComponent[]> {
    return references.length === 0 ? [] : this.definitions.resolve(references, manager);
  }

  /** The input schemas of versions, by the versions' ids; those without one are left out. */
  async inputSchemas(
    versionIds: readonly string[],
    manager?: EntityManager,
  ): Promise<ReadonlyMap<string, JsonObject>> {
    return versionIds.length === 0 ? new Map() : this.definitions.findInputSchemas(versionIds, manager);
  }

  /**
   * Keeps a component from being deleted until the caller's transaction ends.
   *
   * @throws AppError NOT_FOUND
   */
  async hold(sql: SqlExecutor, mcpDefinitionId: string): Promise<void> {
    if (!(await this.definitions.holdLiving(sql, mcpDefinitionId))) {
      throw notFound(`MCP definition ${mcpDefinitionId}`);
    }
  }

  /** How steps name the version with this id; null when its component is gone, or there is none. */
  async findReference(versionId: string): Promise<ComponentReference | null> {
    return this.definitions.findReference(versionId);
  }
}
