import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { type Scanned, SCAN_LIMIT } from '../common/entities/related-page';
import { VersionGraphRepository } from '../common/versioning/version-graph.repository';
import type { JsonObject } from '../engine/core/json';
import { type ComponentStep, componentSteps } from './component-steps';
import { WORKFLOW_TABLES } from './workflow-tables';

/** How workflows, their versions and the components that these name hang together. */
@Injectable()
export class WorkflowVersionGraphRepository extends VersionGraphRepository {
  constructor(private readonly workflows: DataSource) {
    super(workflows, WORKFLOW_TABLES);
  }

  /** The steps of a version that call components. */
  async findComponentSteps(versionId: string): Promise<ComponentStep[]> {
    const [row] = await this.workflows.query<{ spec: JsonObject }[]>(
      'SELECT spec FROM workflow_versions WHERE id = $1',
      [versionId],
    );
    return row === undefined ? [] : componentSteps(row.spec);
  }

  /**
   * The next versions of any workflow, newest first, each with whether a step of it calls the component so that
   * `matches`. The database picks those whose text holds the id at all, the steps decide.
   *
   * @param after the id of a version; null: from the newest
   */
  async scanUsers(
    mcpDefinitionId: string,
    after: string | null,
    matches: (step: ComponentStep) => boolean,
  ): Promise<Scanned[]> {
    const rows = await this.workflows.query<{ id: string; spec: JsonObject | null }[]>(
      `SELECT id, CASE WHEN strpos(lower(spec::text), $1) > 0 THEN spec END AS spec
       FROM workflow_versions WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT ${SCAN_LIMIT}`,
      [mcpDefinitionId, after],
    );
    return rows.map(({ id, spec }) => ({
      id,
      isRelated:
        spec !== null &&
        componentSteps(spec).some((step) => step.mcpDefinitionId === mcpDefinitionId && matches(step)),
    }));
  }
}
