import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { McpType } from '../components/component-type';
import type { Issue } from '../engine/core/issue';
import type { JsonObject } from '../engine/core/json';

/**
 * Says what is wrong with what a configuration refers to, and keeps that from being deleted until the transaction
 * ends. Paths are those of the configuration.
 */
export type ReferenceCheck = (config: JsonObject, manager: EntityManager) => Promise<Issue[]>;

/**
 * What configurations refer to beside components. It belongs to features that this one does not know: they register
 * their check when they start.
 */
@Injectable()
export class ConfigReferencesService {
  private readonly checks: { readonly mcpType: McpType | null; readonly check: ReferenceCheck }[] = [];

  /** @param mcpType whose configurations are checked; null: all types' */
  register(mcpType: McpType | null, check: ReferenceCheck): void {
    this.checks.push({ mcpType, check });
  }

  /** For storing, in the caller's transaction. Empty when all is well. */
  async findIssuesAndHold(mcpType: McpType, config: JsonObject, manager: EntityManager): Promise<Issue[]> {
    const issues: Issue[] = [];
    // One after the other: they share one connection.
    for (const registered of this.checks) {
      if (registered.mcpType !== null && registered.mcpType !== mcpType) continue;
      issues.push(...(await registered.check(config, manager)));
    }
    return issues;
  }
}
