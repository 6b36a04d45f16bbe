import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';

import { notFound } from '../common/errors/not-found';
import type { McpType } from '../components/component-type';
import { unpinnedToolIds } from '../components/llm-prompt/llm-prompt-config';
import { toolPin } from '../components/llm-prompt/tools/tool-pin';
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

/** Versions never change; only memory bounds what is remembered of them. */
const PROMPTS_KEPT = 1_000;

/** What other features may know of components. */
@Injectable()
export class ComponentCatalog {
  /** By the prompt's version. */
  private readonly toolsOfPrompts = new LRUCache<string, readonly string[]>({ max: PROMPTS_KEPT });

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
   * The versions that the tools of prompts have now, for a run to be pinned to: those whose version the prompt does not
   * write down, by {@link toolPin}. One that is gone is left out, and the attempt says so.
   *
   * @param components what a run calls; those that are no prompts are passed by
   */
  async toolPins(components: readonly ResolvedComponent[]): Promise<Record<string, string>> {
    const prompts = components.flatMap(({ mcpType, versionId }) =>
      mcpType === 'llm_prompt' && versionId !== null ? [versionId] : [],
    );
    const toolIds = prompts.length === 0 ? [] : await this.unpinnedTools([...new Set(prompts)]);
    const resolved = await this.resolve(
      toolIds.map((mcpDefinitionId) => ({ mcpDefinitionId, version: null })),
    );
    const pins = toolIds.flatMap((id, index) => {
      const versionId = resolved[index]?.versionId ?? null;
      return versionId === null ? [] : [[toolPin(id), versionId] as const];
    });
    return Object.fromEntries(pins);
  }

  private async unpinnedTools(versionIds: readonly string[]): Promise<string[]> {
    const unknown = versionIds.filter((id) => !this.toolsOfPrompts.has(id));
    if (unknown.length > 0) {
      const configs = await this.definitions.findConfigs(unknown);
      for (const [id, config] of configs) this.toolsOfPrompts.set(id, unpinnedToolIds(config));
    }
    return [...new Set(versionIds.flatMap((id) => this.toolsOfPrompts.get(id) ?? []))];
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
