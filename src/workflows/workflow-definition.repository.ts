import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { Clock } from '../common/clock';
import type { DefinitionRecord, DefinitionUser } from '../common/versioning/definition-records';
import { VersionedDefinitionRepository } from '../common/versioning/versioned-definition.repository';
import { NESTING_LOCK } from '../database/advisory-locks';
import type { JsonObject } from '../engine/core/json';
import { componentSteps } from './component-steps';
import { nestedSteps, type WorkflowReference } from './nested-steps';
import { WorkflowDefinitionEntity } from './workflow-definition.entity';
import { WORKFLOW_TABLES } from './workflow-tables';
import type { ResolvedWorkflowReference } from './workflow-tree';
import { WorkflowVersionEntity } from './workflow-version.entity';

/** The version of a workflow that a run would be pinned to. */
export interface WorkflowVersionToRun {
  readonly workflowVersionId: string;
  readonly version: string;
}

/** What a workflow's definition has beside every definition's fields. */
export interface WorkflowFields {
  /** Whether clients of the MCP endpoint see it as a tool. */
  readonly exposeAsTool: boolean;
}

export type WorkflowDefinitionRecord = DefinitionRecord & WorkflowFields;

/** The stored workflows. */
@Injectable()
export class WorkflowDefinitionRepository extends VersionedDefinitionRepository<WorkflowFields> {
  constructor(dataSource: DataSource, clock: Clock) {
    super(
      dataSource,
      clock,
      { definition: WorkflowDefinitionEntity, version: WorkflowVersionEntity },
      WORKFLOW_TABLES,
    );
  }

  /** What references to workflows mean to a run that starts now, in their order; null: no such version is living. */
  async findVersionsToRun(
    references: readonly WorkflowReference[],
  ): Promise<(WorkflowVersionToRun | null)[]> {
    const rows = await this.dataSource.query<{ workflowVersionId: string | null; version: string | null }[]>(
      `SELECT v.id AS "workflowVersionId", v.version
       ${this.fromReferences}
       ORDER BY wanted.position`,
      [
        references.map(({ workflowDefinitionId }) => workflowDefinitionId),
        references.map(({ version }) => version),
      ],
    );
    return rows.map(({ workflowVersionId, version }) =>
      workflowVersionId === null || version === null ? null : { workflowVersionId, version },
    );
  }

  /** What runs in a version, which must be there. */
  async readSpec(workflowVersionId: string): Promise<JsonObject> {
    const [found] = await this.dataSource.query<{ spec: JsonObject }[]>(
      'SELECT spec FROM workflow_versions WHERE id = $1',
      [workflowVersionId],
    );
    if (found === undefined) throw new Error(`Workflow version ${workflowVersionId} is not in the database`);
    return found.spec;
  }

  /**
   * What references to workflows mean now, in their order. Ids must be UUIDs.
   *
   * @param manager given: the workflows are also kept from being deleted until its transaction ends
   */
  async resolve(
    references: readonly WorkflowReference[],
    manager?: EntityManager,
  ): Promise<ResolvedWorkflowReference[]> {
    const ids = references.map(({ workflowDefinitionId }) => workflowDefinitionId);
    if (manager !== undefined) {
      // By id, so that two who lock several never wait for each other in a circle.
      await manager.query(
        'SELECT FROM workflow_definitions WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE',
        [ids],
      );
    }
    const rows = await (manager ?? this.dataSource).query<
      { workflowDefinitionId: string | null; workflowVersionId: string | null; spec: JsonObject | null }[]
    >(
      `SELECT d.id AS "workflowDefinitionId", v.id AS "workflowVersionId", v.spec
       ${this.fromReferences}
       ORDER BY wanted.position`,
      [ids, references.map(({ version }) => version)],
    );
    return rows.map(({ workflowDefinitionId, workflowVersionId, spec }) => {
      if (workflowDefinitionId === null) return { kind: 'no_workflow' };
      if (workflowVersionId === null || spec === null) return { kind: 'no_version' };
      return { kind: 'found', workflowDefinitionId, workflowVersionId, spec };
    });
  }

  /**
   * Lets nobody else change a workflow until the caller's shared transaction ends: for who changes several, or other
   * things first that workflows hold.
   */
  async lockChanges(): Promise<void> {
    await this.lockBeforeChange(this.dataSource.manager);
  }

  /**
   * Workflows are changed one at a time. Two that are made to call each other at the same moment would wait for each
   * other: each change has locked its own workflow, and wants to hold the other.
   */
  protected override async lockBeforeChange(manager: EntityManager): Promise<void> {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [NESTING_LOCK]);
  }

  /** The living workflows whose latest version has a step that calls a workflow. */
  async findUsersOfWorkflow(workflowDefinitionId: string, manager: EntityManager): Promise<DefinitionUser[]> {
    return this.findUsers(manager, [workflowDefinitionId], (spec) =>
      nestedSteps(spec).some((step) => step.workflowDefinitionId === workflowDefinitionId),
    );
  }

  /** The living workflows whose latest version calls the latest of one of these. */
  async findCallersOfLatest(
    workflowDefinitionIds: readonly string[],
    manager: EntityManager,
  ): Promise<DefinitionUser[]> {
    return this.findUsers(manager, workflowDefinitionIds, (spec) =>
      nestedSteps(spec).some(
        (step) => step.version === null && workflowDefinitionIds.includes(step.workflowDefinitionId),
      ),
    );
  }

  /** The living workflows whose latest version has a step that calls a component. */
  async findUsersOfComponent(mcpDefinitionId: string, manager: EntityManager): Promise<DefinitionUser[]> {
    return this.findUsers(manager, [mcpDefinitionId], (spec) =>
      componentSteps(spec).some((step) => step.mcpDefinitionId === mcpDefinitionId),
    );
  }

  /**
   * The living workflows whose latest version uses what has one of the ids. The database picks those whose
   * text holds such an id at all (PostgreSQL's JSON functions refuse documents with `\u0000`), the steps decide.
   */
  private async findUsers(
    manager: EntityManager,
    usedIds: readonly string[],
    uses: (spec: JsonObject) => boolean,
  ): Promise<DefinitionUser[]> {
    const candidates = await manager.query<{ id: string; name: string; spec: JsonObject }[]>(
      `SELECT d.id, d.name, v.spec
       FROM workflow_definitions d JOIN workflow_versions v ON v.id = d.latest_version_id
       WHERE d.deleted_at IS NULL
         AND EXISTS (SELECT FROM unnest($1::text[]) AS used (id) WHERE strpos(lower(v.spec::text), used.id) > 0)
       ORDER BY d.name`,
      [usedIds],
    );
    return candidates
      .filter(({ spec }) => uses(spec))
      .map(({ id, name }) => ({ type: 'workflow_definition', id, name }));
  }
}
