import { Injectable } from '@nestjs/common';

import { AppError } from '../common/errors/app-error';
import { notFound } from '../common/errors/not-found';
import type { SqlExecutor } from '../database/sql-executor';
import { ComponentCatalog } from '../definitions/component-catalog.service';
import { componentSteps } from './component-steps';
import { type LatestWorkflowVersion, WorkflowDefinitionRepository } from './workflow-definition.repository';

/** What a run is pinned to when it starts. */
export interface ResolvedWorkflow extends LatestWorkflowVersion {
  /** The component's version id of each step that calls one, by step id. */
  readonly pins: Readonly<Record<string, string>>;
}

/** What other features may know of workflows. */
@Injectable()
export class WorkflowCatalog {
  constructor(
    private readonly workflows: WorkflowDefinitionRepository,
    private readonly components: ComponentCatalog,
  ) {}

  /**
   * The latest version of a living workflow, and what its steps' components are now.
   *
   * @throws AppError NOT_FOUND; CONFLICT when a component is gone (which deletion refuses while it is used)
   */
  async resolveForRun(workflowDefinitionId: string): Promise<ResolvedWorkflow> {
    const latest = await this.workflows.findLatestVersion(workflowDefinitionId);
    if (latest === null) {
      throw notFound(`workflow definition ${workflowDefinitionId}`);
    }
    const steps = componentSteps(latest.spec);
    const resolved = await this.components.resolve(steps);
    const pins = steps.map(({ stepId, mcpDefinitionId }, index): [string, string] => {
      const versionId = resolved[index]?.versionId ?? null;
      if (versionId === null) {
        throw new AppError(
          'CONFLICT',
          `The step ${stepId} uses a component that is gone: ${mcpDefinitionId}`,
        );
      }
      return [stepId, versionId];
    });
    return { ...latest, pins: Object.fromEntries(pins) };
  }

  /**
   * Keeps a workflow from being deleted until the caller's transaction ends: what it stores about the workflow is
   * then seen by whoever wants to delete it.
   *
   * @throws AppError NOT_FOUND
   */
  async hold(sql: SqlExecutor, workflowDefinitionId: string): Promise<void> {
    if (!(await this.workflows.holdLiving(sql, workflowDefinitionId))) {
      throw notFound(`workflow definition ${workflowDefinitionId}`);
    }
  }

  /** As {@link hold}, for who tells by itself what is missing: the workflow, or its version (null: any will do). */
  async holdVersion(
    sql: SqlExecutor,
    workflowDefinitionId: string,
    version: string | null,
  ): Promise<{ readonly isLiving: boolean; readonly hasVersion: boolean }> {
    const isLiving = await this.workflows.holdLiving(sql, workflowDefinitionId);
    const hasVersion =
      isLiving &&
      (version === null || (await this.workflows.findVersion(workflowDefinitionId, version)) !== null);
    return { isLiving, hasVersion };
  }
}
