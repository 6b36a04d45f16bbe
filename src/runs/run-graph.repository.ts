import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { RelatedQuery } from '../common/entities/entity-source';
import { type Scanned, SCAN_LIMIT } from '../common/entities/related-page';
import type { RunSubject } from '../engine/run-subject';

/** What a run was made of when it started. */
export interface RunOrigin extends RunSubject {
  /** The workflow, unless it was deleted or the run is of none. */
  readonly livingWorkflowId: string | null;
  /** The component that was invoked, unless it was deleted or the run is of a workflow. */
  readonly livingComponentId: string | null;
  /** The component's version of each step that calls one, by step id. */
  readonly pins: Readonly<Record<string, string>>;
}

/** The runs after `$2` in the order of lists; all of them when it is null. */
const AFTER = `($2::uuid IS NULL
  OR (r.created_at, r.id) < ((SELECT created_at FROM workflow_runs WHERE id = $2), $2::uuid))`;
const NEWEST_FIRST = 'ORDER BY r.created_at DESC, r.id DESC';

/** How runs hang together with workflows and components. Only reads what has an index, or so many rows at once. */
@Injectable()
export class RunGraphRepository {
  constructor(private readonly dataSource: DataSource) {}

  async findOrigin(runId: string): Promise<RunOrigin | null> {
    const [found] = await this.dataSource.query<RunOrigin[]>(
      `SELECT d.id AS "livingWorkflowId", m.id AS "livingComponentId", r.workflow_version_id AS "workflowVersionId",
         r.mcp_definition_id AS "mcpDefinitionId", r.tool, r.pins
       FROM workflow_runs r
       LEFT JOIN workflow_definitions d ON d.id = r.workflow_definition_id AND d.deleted_at IS NULL
       LEFT JOIN mcp_definitions m ON m.id = r.mcp_definition_id AND m.deleted_at IS NULL
       WHERE r.id = $1`,
      [runId],
    );
    return found ?? null;
  }

  /** Ids of a workflow's runs, newest first, and one more than asked. */
  findRunsOfDefinition(definitionId: string, query: RelatedQuery): Promise<string[]> {
    return this.findRuns('workflow_definition_id', definitionId, query);
  }

  /** Ids of the runs that invoke a component, newest first, and one more than asked. */
  findRunsOfComponent(mcpDefinitionId: string, query: RelatedQuery): Promise<string[]> {
    return this.findRuns('mcp_definition_id', mcpDefinitionId, query);
  }

  private async findRuns(
    column: 'workflow_definition_id' | 'mcp_definition_id',
    id: string,
    { after, limit }: RelatedQuery,
  ): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT r.id FROM workflow_runs r WHERE r.${column} = $1 AND ${AFTER} ${NEWEST_FIRST} LIMIT $3`,
      [id, after, limit + 1],
    );
    return rows.map((row) => row.id);
  }

  /** The run that a run is nested in; null: none, or it is gone. */
  async findParent(runId: string): Promise<string | null> {
    const [found] = await this.dataSource.query<{ id: string }[]>(
      'SELECT p.id FROM workflow_runs r JOIN workflow_runs p ON p.id = r.parent_run_id WHERE r.id = $1',
      [runId],
    );
    return found?.id ?? null;
  }

  /** Ids of the runs that a run's steps called, newest first, and one more than asked. */
  async findNested(runId: string, { after, limit }: RelatedQuery): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT r.id FROM workflow_runs r WHERE r.parent_run_id = $1 AND ${AFTER} ${NEWEST_FIRST} LIMIT $3`,
      [runId, after, limit + 1],
    );
    return rows.map(({ id }) => id);
  }

  /** The next runs of a version's workflow, newest first, each with whether it is of that version. */
  scanRunsOfVersion(versionId: string, after: string | null): Promise<Scanned[]> {
    return this.dataSource.query<Scanned[]>(
      `SELECT r.id, r.workflow_version_id = $1 AS "isRelated" FROM workflow_runs r
       WHERE r.workflow_definition_id = (SELECT workflow_definition_id FROM workflow_versions WHERE id = $1)
         AND ${AFTER} ${NEWEST_FIRST} LIMIT ${SCAN_LIMIT}`,
      [versionId, after],
    );
  }

  /** The next runs of all, newest first, each with whether it is pinned to a version of a component. */
  scanRunsPinnedTo(mcpVersionId: string, after: string | null): Promise<Scanned[]> {
    // Pins hold ids and the names of steps, which no id can be part of: a text search finds neither more nor less.
    return this.dataSource.query<Scanned[]>(
      `SELECT r.id, strpos(r.pins::text, '"' || $1::text || '"') > 0 AS "isRelated" FROM workflow_runs r
       WHERE ${AFTER} ${NEWEST_FIRST} LIMIT ${SCAN_LIMIT}`,
      [mcpVersionId, after],
    );
  }
}
