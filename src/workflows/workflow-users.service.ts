import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { DefinitionUser } from '../common/versioning/definition-records';

/** Finds those of one kind who use a workflow, reading through the given transaction. */
export type WorkflowUserFinder = (
  workflowDefinitionId: string,
  manager: EntityManager,
) => Promise<readonly DefinitionUser[]>;

/**
 * Who uses a workflow. Features that start workflows import this one, so this one cannot ask them: they register a
 * finder here when they start.
 */
@Injectable()
export class WorkflowUsersService {
  private readonly finders: WorkflowUserFinder[] = [];

  register(finder: WorkflowUserFinder): void {
    this.finders.push(finder);
  }

  async find(workflowDefinitionId: string, manager: EntityManager): Promise<readonly DefinitionUser[]> {
    const users: DefinitionUser[] = [];
    // One after the other: they share one connection.
    for (const find of this.finders) users.push(...(await find(workflowDefinitionId, manager)));
    return users;
  }
}
