import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import type { DefinitionRecord, DefinitionUser } from '../common/versioning/definition-records';
import { VersionedDefinitionRepository } from '../common/versioning/versioned-definition.repository';
import type { JsonObject } from '../engine/core/json';
import { componentSteps } from './component-steps';
import { WorkflowDefinitionEntity } from './workflow-definition.entity';
import { WORKFLOW_TABLES } from './workflow-tables';
import { WorkflowVersionEntity } from './workflow-version.entity';

/** The version of a workflow that a run would be pinned to. */
export interface LatestWorkflowVersion {
  readonly workflowVersionId: string;
  readonly version: string;
  readonly spec: JsonObject;
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
  constructor(dataSource: DataSource) {
    super(
      dataSource,
      { definition: WorkflowDefinitionEntity, version: WorkflowVersionEntity },
      WORKFLOW_TABLES,
    );
  }

  /** Only what starting a run needs. */
  async findLatestVersion(id: string): Promise<LatestWorkflowVersion | null> {
    const [found] = await this.dataSource.query<LatestWorkflowVersion[]>(
      `SELECT v.id AS "workflowVersionId", v.version, v.spec
       FROM workflow_definitions d JOIN workflow_versions v ON v.id = d.latest_version_id
       WHERE d.id = $1 AND d.deleted_at IS NULL`,
      [id],
    );
    return found ?? null;
  }

  /**
   * The living workflows whose latest version has a step that calls a component. The database picks those whose
   * text holds the id at all (PostgreSQL's JSON functions refuse documents with `\u0000`), the steps decide.
   */
  async findUsersOfComponent(mcpDefinitionId: string, manager: EntityManager): Promise<DefinitionUser[]> {
    const candidates = await manager.query<{ id: string; name: string; spec: JsonObject }[]>(
      `SELECT d.id, d.name, v.spec
       FROM workflow_definitions d JOIN workflow_versions v ON v.id = d.latest_version_id
       WHERE d.deleted_at IS NULL AND strpos(lower(v.spec::text), $1) > 0
       ORDER BY d.name`,
      [mcpDefinitionId],
    );
    return candidates
      .filter(({ spec }) => componentSteps(spec).some((step) => step.mcpDefinitionId === mcpDefinitionId))
      .map(({ id, name }) => ({ type: 'workflow_definition', id, name }));
  }
}
