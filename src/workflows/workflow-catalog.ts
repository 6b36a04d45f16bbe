import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { AppError } from '../common/errors/app-error';
import { notFound } from '../common/errors/not-found';
import { Together } from '../common/together';
import { isConnectionFailure } from '../database/connection-failure';
import { apart, isSharing } from '../database/shared-transaction';
import type { SqlExecutor } from '../database/sql-executor';
import {
  ComponentCatalog,
  type ComponentReference,
  type ResolvedComponent,
} from '../definitions/component-catalog.service';
import type { JsonObject } from '../engine/core/json';
import type { PinnedWorkflow, PinnedWorkflows } from '../engine/store/new-run';
import { componentSteps } from './component-steps';
import type { WorkflowReference } from './nested-steps';
import { type WorkflowVersionToRun, WorkflowDefinitionRepository } from './workflow-definition.repository';
import { type TreeVersion, walkTree } from './workflow-tree';

/** Versions never change, so a spec that was read holds for ever; only memory bounds these. */
const SPECS_KEPT = 500;

/** Runs that start at the same moment are looked up in one statement. */
const LOOK_UPS = { rounds: 1, size: 100, failsAll: isConnectionFailure };

/** What a run is pinned to when it starts. */
export interface ResolvedWorkflow extends WorkflowVersionToRun {
  /** The component's version id of each step that calls one, by step id. */
  readonly pins: Readonly<Record<string, string>>;
  /** Null: none of its steps calls another workflow. */
  readonly pinnedWorkflows: PinnedWorkflows | null;
}

/** What other features may know of workflows. */
@Injectable()
export class WorkflowCatalog {
  private readonly specs = new LRUCache<string, JsonObject>({ max: SPECS_KEPT });
  private readonly versions: Together<WorkflowReference, WorkflowVersionToRun | null>;
  private readonly pinning: Together<readonly ComponentReference[], ResolvedComponent[]>;

  constructor(
    private readonly workflows: WorkflowDefinitionRepository,
    private readonly components: ComponentCatalog,
  ) {
    // Apart: what several share is not looked up in the transaction of the one who came first.
    this.versions = new Together(
      (references) => apart(() => workflows.findVersionsToRun(references)),
      LOOK_UPS,
    );
    this.pinning = new Together(async (lists) => {
      const resolved = await apart(() => components.resolve(lists.flat()));
      let place = 0;
      return lists.map(({ length }) => resolved.slice(place, (place += length)));
    }, LOOK_UPS);
  }

  /**
   * A version of a living workflow (null: the latest), and what the components and workflows that its steps use are now.
   *
   * @throws AppError NOT_FOUND; CONFLICT when one of these is gone (which deletion refuses while it is used), or the
   *   workflows have come to call each other in a circle
   */
  async resolveForRun(
    workflowDefinitionId: string,
    version: string | null = null,
  ): Promise<ResolvedWorkflow> {
    const found = await this.findVersion({ workflowDefinitionId, version });
    if (found === null) {
      const what = `workflow definition ${workflowDefinitionId}`;
      throw notFound(version === null ? what : `version ${version} of ${what}`);
    }
    const spec = await this.spec(found.workflowVersionId);
    const { versions, nested, faults } = await walkTree(
      spec,
      (references) => this.workflows.resolve(references),
      workflowDefinitionId,
    );
    const [fault] = faults;
    if (fault !== undefined) {
      throw new AppError('CONFLICT', `The step ${fault.step.stepId} cannot run: ${fault.message}`);
    }
    const all: [string, TreeVersion][] = [
      [found.workflowVersionId, { workflowDefinitionId, spec, nested }],
      ...versions,
    ];
    const pins = await this.pinComponents(all.map(([, { spec }]) => spec));
    const pinned = all.map(([versionId, version], index): [string, PinnedWorkflow] => [
      versionId,
      {
        workflowDefinitionId: version.workflowDefinitionId,
        pins: pins[index] ?? {},
        nested: version.nested,
      },
    ]);
    return {
      ...found,
      pins: pins[0] ?? {},
      pinnedWorkflows: versions.size === 0 ? null : Object.fromEntries(pinned),
    };
  }

  /** Within a shared transaction by itself, for it may have written the version. */
  private async findVersion(reference: WorkflowReference): Promise<WorkflowVersionToRun | null> {
    if (!isSharing()) return this.versions.do(reference);
    const [found] = await this.workflows.findVersionsToRun([reference]);
    return found ?? null;
  }

  private async resolveComponents(references: readonly ComponentReference[]): Promise<ResolvedComponent[]> {
    if (references.length === 0) return [];
    return isSharing() ? this.components.resolve(references) : this.pinning.do(references);
  }

  private async spec(workflowVersionId: string): Promise<JsonObject> {
    const known = this.specs.get(workflowVersionId);
    if (known !== undefined) return known;
    const spec = await this.workflows.readSpec(workflowVersionId);
    this.specs.set(workflowVersionId, spec);
    return spec;
  }

  /** The component's version of each step that calls one, by step id, and those of models' tools; of each spec. */
  private async pinComponents(specs: readonly JsonObject[]): Promise<Record<string, string>[]> {
    const steps = specs.map(componentSteps);
    const references = steps.flat();
    const resolved = await this.resolveComponents(references);
    const toolPins = await this.components.toolPins(resolved);
    let place = 0;
    return steps.map((ofSpec) => ({
      ...toolPins,
      ...Object.fromEntries(
        ofSpec.map(({ stepId, mcpDefinitionId }): [string, string] => {
          const versionId = resolved[place++]?.versionId ?? null;
          if (versionId !== null) return [stepId, versionId];
          throw new AppError(
            'CONFLICT',
            `The step ${stepId} uses a component that is gone: ${mcpDefinitionId}`,
          );
        }),
      ),
    }));
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
