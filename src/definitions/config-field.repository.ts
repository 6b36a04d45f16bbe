import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { type Scanned, SCAN_LIMIT } from '../common/entities/related-page';
import type { DefinitionUser } from '../common/versioning/definition-records';
import type { JsonObject } from '../engine/core/json';

/** A field of configurations that holds the id of something else. */
export type ReferringField = 'external_db_config_id';

/**
 * Which configurations refer to what. The database picks those whose text holds the id at all (PostgreSQL's JSON
 * functions refuse documents with `\u0000`), their field decides.
 */
@Injectable()
export class ConfigFieldRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The living components whose latest version refers to `id`, as seen by a transaction. */
  async findUsers(field: ReferringField, id: string, manager: EntityManager): Promise<DefinitionUser[]> {
    const candidates = await manager.query<{ id: string; name: string; config: JsonObject }[]>(
      `SELECT d.id, d.name, v.config
       FROM mcp_definitions d JOIN mcp_versions v ON v.id = d.latest_version_id
       WHERE d.deleted_at IS NULL AND strpos(lower(v.config::text), $1) > 0
       ORDER BY d.name`,
      [id],
    );
    return candidates
      .filter(({ config }) => refers(config, field, id))
      .map((user) => ({ type: 'mcp_definition', id: user.id, name: user.name }));
  }

  /** The id that a version's field holds; null without. */
  async findReference(field: ReferringField, mcpVersionId: string): Promise<string | null> {
    const [row] = await this.dataSource.query<{ config: JsonObject }[]>(
      'SELECT config FROM mcp_versions WHERE id = $1',
      [mcpVersionId],
    );
    const value = row?.config[field];
    return typeof value === 'string' ? value.toLowerCase() : null;
  }

  /** The next versions of any component, newest first, each with whether it refers to `id`. */
  async scanVersions(field: ReferringField, id: string, after: string | null): Promise<Scanned[]> {
    const rows = await this.dataSource.query<{ id: string; config: JsonObject | null }[]>(
      `SELECT id, CASE WHEN strpos(lower(config::text), $1) > 0 THEN config END AS config
       FROM mcp_versions WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT ${SCAN_LIMIT}`,
      [id, after],
    );
    return rows.map((row) => ({
      id: row.id,
      isRelated: row.config !== null && refers(row.config, field, id),
    }));
  }
}

function refers(config: JsonObject, field: ReferringField, id: string): boolean {
  const value = config[field];
  return typeof value === 'string' && value.toLowerCase() === id;
}
