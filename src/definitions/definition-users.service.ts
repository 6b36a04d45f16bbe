import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { DefinitionUser } from '../common/versioning/definition-records';

/** Finds those of one kind who use a component, reading through the given transaction. */
export type UserFinder = (
  mcpDefinitionId: string,
  manager: EntityManager,
) => Promise<readonly DefinitionUser[]>;

/**
 * Who uses a component. Features that use components import this one, so this one cannot ask them: they register
 * a finder here when they start.
 */
@Injectable()
export class DefinitionUsersService {
  private readonly finders: UserFinder[] = [];

  register(finder: UserFinder): void {
    this.finders.push(finder);
  }

  async find(mcpDefinitionId: string, manager: EntityManager): Promise<readonly DefinitionUser[]> {
    const users: DefinitionUser[] = [];
    // One after the other: they share one connection.
    for (const find of this.finders) users.push(...(await find(mcpDefinitionId, manager)));
    return users;
  }
}
