import type { DataSource } from 'typeorm';

import type { RelatedQuery } from '../entities/entity-source';
import type { VersionRecord } from './definition-records';
import type { VersionedTables } from './versioned-definition.repository';

/**
 * How the definitions and versions of one kind hang together, by the versions' ids. Versions outlive their
 * definition for the history of runs; a deleted definition leads nowhere.
 */
export abstract class VersionGraphRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tables: VersionedTables,
  ) {}

  /** A version by its own id, of a deleted definition too. */
  async findVersion(versionId: string): Promise<VersionRecord | null> {
    const { definitions, versions, owner, document } = this.tables;
    const [found] = await this.dataSource.query<VersionRecord[]>(
      `SELECT v.id, v.version, ${document} AS document, v.id = d.latest_version_id AS "isLatest",
         v.created_at AS "createdAt"
       FROM ${versions} v JOIN ${definitions} d ON d.id = v.${owner} WHERE v.id = $1`,
      [versionId],
    );
    return found ?? null;
  }

  async findLatestVersionId(definitionId: string): Promise<string | null> {
    return this.findId(
      `SELECT latest_version_id AS id FROM ${this.tables.definitions} WHERE id = $1`,
      definitionId,
    );
  }

  /** The definition of a version, unless it was deleted. */
  async findDefinitionId(versionId: string): Promise<string | null> {
    const { definitions, versions, owner } = this.tables;
    return this.findId(
      `SELECT d.id FROM ${versions} v JOIN ${definitions} d ON d.id = v.${owner}
       WHERE v.id = $1 AND d.deleted_at IS NULL`,
      versionId,
    );
  }

  /** The definition whose latest version this is, unless it was deleted. */
  async findDefinitionIdByLatest(versionId: string): Promise<string | null> {
    const { definitions, versions, owner } = this.tables;
    return this.findId(
      `SELECT d.id FROM ${versions} v JOIN ${definitions} d ON d.id = v.${owner}
       WHERE v.id = $1 AND d.latest_version_id = v.id AND d.deleted_at IS NULL`,
      versionId,
    );
  }

  /** Ids of a definition's versions, newest first (the ids are made in the order of time), and one more than asked. */
  async findVersionIds(definitionId: string, { after, limit }: RelatedQuery): Promise<string[]> {
    const { versions, owner } = this.tables;
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${versions} WHERE ${owner} = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [definitionId, after, limit + 1],
    );
    return rows.map(({ id }) => id);
  }

  private async findId(statement: string, id: string): Promise<string | null> {
    const [row] = await this.dataSource.query<{ id: string }[]>(statement, [id]);
    return row?.id ?? null;
  }
}
