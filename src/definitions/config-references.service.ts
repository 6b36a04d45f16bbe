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
  private readonly checks = new Map<McpType, ReferenceCheck>();

  register(mcpType: McpType, check: ReferenceCheck): void {
    this.checks.set(mcpType, check);
  }

  /** For storing, in the caller's transaction. Empty when all is well. */
  async findIssuesAndHold(mcpType: McpType, config: JsonObject, manager: EntityManager): Promise<Issue[]> {
    return (await this.checks.get(mcpType)?.(config, manager)) ?? [];
  }
}
