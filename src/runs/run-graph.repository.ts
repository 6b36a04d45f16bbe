import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { RelatedQuery } from '../common/entities/entity-source';
import { type Scanned, SCAN_LIMIT } from '../common/entities/related-page';
import type { JsonValue } from '../engine/core/json';

/** What a run was made of when it started. */
export interface RunOrigin {
  /** Null when the workflow was deleted. */
  readonly workflowDefinitionId: string | null;
  readonly workflowVersionId: string;
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
      `SELECT d.id AS "workflowDefinitionId", r.workflow_version_id AS "workflowVersionId", r.pins
       FROM workflow_runs r
       LEFT JOIN workflow_definitions d ON d.id = r.workflow_definition_id AND d.deleted_at IS NULL
       WHERE r.id = $1`,
      [runId],
    );
    return found ?? null;
  }

  /** The spec of the version that a run is pinned to; null without the run. */
  async findSpec(runId: string): Promise<JsonValue> {
    const [found] = await this.dataSource.query<{ spec: JsonValue }[]>(
      `SELECT v.spec FROM workflow_runs r JOIN workflow_versions v ON v.id = r.workflow_version_id
       WHERE r.id = $1`,
      [runId],
    );
    return found?.spec ?? null;
  }

  /** Ids of a workflow's runs, newest first, and one more than asked. */
  async findRunsOfDefinition(definitionId: string, { after, limit }: RelatedQuery): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT r.id FROM workflow_runs r WHERE r.workflow_definition_id = $1 AND ${AFTER} ${NEWEST_FIRST} LIMIT $3`,
      [definitionId, after, limit + 1],
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
