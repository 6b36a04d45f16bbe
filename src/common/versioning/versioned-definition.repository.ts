import type { DataSource, EntityManager, EntityTarget, QueryDeepPartialEntity } from 'typeorm';
import { v7 as uuidV7 } from 'uuid';

import type { Issue } from '../../engine/core/issue';
import type { JsonObject } from '../../engine/core/json';
import type { Clock } from '../clock';
import { assertExpected, type ExpectedRevisions } from '../conditional/expected-revisions';
import { AppError } from '../errors/app-error';
import { violatesUnique } from '../errors/unique-violation';
import { firstPageStatement, type PageRow, pageStatement, readPageRows } from '../pagination/page-statement';
import { queryPrepared } from '../pagination/prepared-query';
import type {
  DefinitionChange,
  DefinitionRecord,
  DefinitionUser,
  HideOutcome,
  LockedVersions,
  NewDefinition,
  VersionRecord,
} from './definition-records';
import type { VersionedDefinitionEntity, VersionEntity } from './versioned-definition.entity';

/** What is wrong with a name that a living definition has already. */
export const NAME_TAKEN_ISSUE: Issue = { path: 'name', message: 'another definition has it; choose another' };

/** The tables of one kind of definition, as SQL names. */
export interface VersionedTables {
  readonly definitions: string;
  readonly versions: string;
  /** The versions' column that refers to the definition. */
  readonly owner: string;
  /** The versions' document as SQL with the alias `v`: `v.spec`. */
  readonly document: string;
  /** The fields of a version's entity that hold the document. */
  readonly documentFields: (document: JsonObject) => object;
  /** The unique index of living names. */
  readonly livingName: string;
  /** Further columns of the definitions, as SQL with the alias `d`: `d.mcp_type AS "mcpType"`. */
  readonly ownColumns?: string;
}

/** A filter of a list: SQL conditions on the alias `d`, and their values for `$1` … `$n`. */
export interface DefinitionFilter {
  readonly conditions: readonly string[];
  readonly values: readonly unknown[];
}

type Row<Own> = Omit<DefinitionRecord, 'latest'> &
  Own & {
    readonly versionId: string;
    readonly version: string;
    readonly document: VersionRecord['document'];
    readonly versionCreatedAt: Date;
  };

/** A change of a definition, and of the fields that its kind adds. */
export type ChangeOf<Own> = DefinitionChange & Partial<Own>;

/**
 * Stores definitions and their versions: the same rules for components and for workflows. Changes of one
 * definition happen one after the other (its row is locked), so that versions only grow.
 *
 * @typeParam Own - the fields that the kind of definition adds, as named in `ownColumns`
 */
export abstract class VersionedDefinitionRepository<Own extends object> {
  private readonly columns: string;
  private readonly versionColumns: string;
  private readonly latestJoin: string;
  private readonly definitionJoin: string;
  /**
   * `FROM …` of the definitions `d` with the ids `$1::uuid[]` and their versions `v`: those named in `$2::text[]`, the
   * latest for null. A row for each, by `wanted.position`; what is not there, or not living, has none of its columns.
   */
  protected readonly fromReferences: string;

  constructor(
    protected readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly entities: {
      readonly definition: EntityTarget<VersionedDefinitionEntity & Own>;
      readonly version: EntityTarget<VersionEntity>;
    },
    private readonly tables: VersionedTables,
  ) {
    this.columns = `d.id, d.name, d.description, d.labels, d.revision, d.created_at AS "createdAt", d.updated_at AS "updatedAt",
      v.id AS "versionId", v.version, ${tables.document} AS document, v.created_at AS "versionCreatedAt"
      ${tables.ownColumns === undefined ? '' : `, ${tables.ownColumns}`}`;
    this.versionColumns = `v.id, v.version, ${tables.document} AS document, v.id = d.latest_version_id AS "isLatest",
      v.created_at AS "createdAt"`;
    this.latestJoin = `JOIN ${tables.versions} v ON v.id = d.latest_version_id`;
    this.fromReferences = `
      FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS wanted (definition_id, version, position)
      LEFT JOIN ${tables.definitions} d ON d.id = wanted.definition_id AND d.deleted_at IS NULL
      LEFT JOIN ${tables.versions} v ON v.${tables.owner} = d.id
        AND CASE WHEN wanted.version IS NULL THEN v.id = d.latest_version_id
                 ELSE v.version = wanted.version END`;
    this.definitionJoin = `JOIN ${tables.definitions} d ON d.id = v.${tables.owner}`;
  }

  /** Living definitions, newest first. */
  async listNewest(
    { conditions, values }: DefinitionFilter,
    skip: number,
    limit: number,
  ): Promise<{ rows: (DefinitionRecord & Own)[]; total: number }> {
    const list = {
      columns: this.columns,
      from: `${this.tables.definitions} d`,
      joins: this.latestJoin,
      where: ['d.deleted_at IS NULL', ...conditions],
      alias: 'd',
      // Triggers keep it (migration living-counts): counting a million rows takes a hundred times the rest.
      ...(conditions.length === 0 && {
        total: `SELECT coalesce(sum(living), 0) FROM living_counts WHERE list = '${this.tables.definitions}'`,
      }),
    };
    const isFirstPage = conditions.length === 0 && skip === 0;
    const found = isFirstPage
      ? await queryPrepared<PageRow<Row<Own>>>(
          this.dataSource,
          `${this.tables.definitions}_first_${limit}`,
          firstPageStatement(list, limit),
        )
      : await this.dataSource.query<PageRow<Row<Own>>[]>(pageStatement(list, values.length), [
          ...values,
          limit,
          skip,
        ]);
    const { rows, total } = readPageRows(found);
    return { rows: rows.map(toRecord<Own>), total };
  }

  async findLiving(id: string): Promise<(DefinitionRecord & Own) | null> {
    return this.readLiving(this.dataSource.manager, id);
  }

  async isNameTaken(name: string): Promise<boolean> {
    const found = await this.dataSource.query<unknown[]>(
      `SELECT FROM ${this.tables.definitions} WHERE name = $1 AND deleted_at IS NULL`,
      [name],
    );
    return found.length > 0;
  }

  /** All versions, newest first: they are few, made by hand. */
  async findVersions(definitionId: string): Promise<VersionRecord[]> {
    return this.dataSource.query<VersionRecord[]>(
      `SELECT ${this.versionColumns}
       FROM ${this.tables.versions} v ${this.definitionJoin} WHERE v.${this.tables.owner} = $1
       ORDER BY v.created_at DESC, v.id DESC`,
      [definitionId],
    );
  }

  async listVersions(
    definitionId: string,
    skip: number,
    limit: number,
  ): Promise<{ rows: VersionRecord[]; total: number }> {
    const statement = pageStatement(
      {
        columns: this.versionColumns,
        from: `${this.tables.versions} v`,
        joins: this.definitionJoin,
        where: [`v.${this.tables.owner} = $1`],
        alias: 'v',
      },
      1,
    );
    const found = await this.dataSource.query<PageRow<VersionRecord>[]>(statement, [
      definitionId,
      limit,
      skip,
    ]);
    const { rows, total } = readPageRows(found);
    return {
      rows: rows.map(({ id, version, document, isLatest, createdAt }) => ({
        id,
        version,
        document,
        isLatest,
        createdAt,
      })),
      total,
    };
  }

  async findVersion(definitionId: string, version: string): Promise<VersionRecord | null> {
    const [found] = await this.dataSource.query<VersionRecord[]>(
      `SELECT ${this.versionColumns} FROM ${this.tables.versions} v ${this.definitionJoin}
       WHERE v.${this.tables.owner} = $1 AND v.version = $2`,
      [definitionId, version],
    );
    return found ?? null;
  }

  /**
   * Stores a definition with its first version.
   *
   * @param check runs in the transaction before anything is written; what it throws undoes everything
   * @returns the definition's id
   * @throws AppError CONFLICT when a living definition has the name
   */
  async insertDefinition(
    { name, description, labels, version, document }: NewDefinition,
    own: Own,
    check?: (manager: EntityManager) => Promise<void>,
  ): Promise<string> {
    const [id, latestVersionId, now] = [uuidV7(), uuidV7(), this.clock.now()];
    const lasting = {
      id,
      name,
      description,
      labels,
      latestVersionId,
      revision: 1,
      createdAt: now,
      updatedAt: now,
    };
    await this.refusingTakenNames(() =>
      this.dataSource.transaction(async (manager) => {
        await check?.(manager);
        await manager.insert(this.entities.definition, {
          ...lasting,
          ...own,
        });
        await this.insertVersion(manager, { id: latestVersionId, definitionId: id, version, document, now });
      }),
    );
    return id;
  }

  /**
   * Changes a living definition as `decide` says, alone: others who change it wait. Runs that have started keep
   * their version.
   *
   * @returns false when there is no such definition
   * @throws AppError PRECONDITION_FAILED; CONFLICT when another living definition has the new name
   */
  async change(
    id: string,
    expected: ExpectedRevisions,
    decide: (
      current: DefinitionRecord & LockedVersions & Own,
      manager: EntityManager,
    ) => ChangeOf<Own> | Promise<ChangeOf<Own>>,
  ): Promise<boolean> {
    return this.refusingTakenNames(() =>
      this.dataSource.transaction(async (manager) => {
        await this.lockBeforeChange(manager);
        const current = await this.lockLiving(manager, id);
        if (current === null) return false;
        assertExpected(expected, current.revision);
        const greatestVersion = await this.readGreatestVersion(manager, id);
        const { newVersion, ...lasting } = await decide({ ...current, greatestVersion }, manager);
        if (newVersion === undefined && Object.keys(lasting).length === 0) return true;

        const now = this.clock.now();
        const changed = {
          ...lasting,
          revision: current.revision + 1,
          updatedAt: now,
        } as Partial<VersionedDefinitionEntity>;
        if (newVersion !== undefined) {
          changed.latestVersionId = uuidV7();
          await this.insertVersion(manager, {
            id: changed.latestVersionId,
            definitionId: id,
            ...newVersion,
            now,
          });
        }
        await manager.update(
          this.entities.definition,
          id,
          changed as unknown as QueryDeepPartialEntity<VersionedDefinitionEntity & Own>,
        );
        return true;
      }),
    );
  }

  /**
   * Hides a living definition unless somebody uses it. Its row is locked first: who takes it into use at the same
   * time (under a lock of their own on the row) is either seen here, or finds it gone.
   *
   * @throws AppError PRECONDITION_FAILED
   */
  async hideUnlessUsed(
    id: string,
    expected: ExpectedRevisions,
    findUsers: (manager: EntityManager) => Promise<readonly DefinitionUser[]>,
  ): Promise<HideOutcome> {
    return this.dataSource.transaction<HideOutcome>(async (manager) => {
      const current = await this.lockLiving(manager, id);
      if (current === null) return { kind: 'not_found' };
      assertExpected(expected, current.revision);
      const users = await findUsers(manager);
      if (users.length > 0) return { kind: 'used', users };
      await manager.query(`UPDATE ${this.tables.definitions} SET deleted_at = now() WHERE id = $1`, [id]);
      return { kind: 'hidden' };
    });
  }

  /**
   * Locks a living definition against its deletion, in the caller's transaction. KEY SHARE: changes of it go on.
   * @returns false when there is none
   */
  async holdLiving(
    sql: { query(text: string, values: readonly unknown[]): Promise<unknown[]> },
    id: string,
  ): Promise<boolean> {
    const rows = await sql.query(
      `SELECT FROM ${this.tables.definitions} WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE`,
      [id],
    );
    return rows.length > 0;
  }

  /** Locks what changes of this kind of definition lock before the definition itself; by default nothing. */
  protected lockBeforeChange(_manager: EntityManager): Promise<void> {
    return Promise.resolve();
  }

  /** The lock and the read are two statements: after a wait, one statement would join the version of before. */
  private async lockLiving(manager: EntityManager, id: string): Promise<(DefinitionRecord & Own) | null> {
    await manager.query(`SELECT FROM ${this.tables.definitions} WHERE id = $1 FOR UPDATE`, [id]);
    return this.readLiving(manager, id);
  }

  /** By number, not by time: `1.10.0` comes after `1.9.0`. */
  private async readGreatestVersion(manager: EntityManager, id: string): Promise<string> {
    const [greatest] = await manager.query<{ version: string }[]>(
      `SELECT version FROM ${this.tables.versions} WHERE ${this.tables.owner} = $1
       ORDER BY string_to_array(version, '.')::int[] DESC LIMIT 1`,
      [id],
    );
    if (greatest === undefined) throw new Error('A definition has a version');
    return greatest.version;
  }

  private async readLiving(manager: EntityManager, id: string): Promise<(DefinitionRecord & Own) | null> {
    const [row] = await manager.query<Row<Own>[]>(
      `SELECT ${this.columns} FROM ${this.tables.definitions} d ${this.latestJoin}
       WHERE d.id = $1 AND d.deleted_at IS NULL`,
      [id],
    );
    return row === undefined ? null : toRecord(row);
  }

  private async insertVersion(
    manager: EntityManager,
    {
      document,
      now,
      ...version
    }: Omit<VersionEntity, 'createdAt'> & { readonly document: JsonObject; readonly now: Date },
  ): Promise<void> {
    const fields = this.tables.documentFields(document);
    await manager.insert(this.entities.version, { ...version, ...fields, createdAt: now });
  }

  private async refusingTakenNames<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      if (!violatesUnique(error, this.tables.livingName)) throw error;
      throw new AppError('CONFLICT', `name: ${NAME_TAKEN_ISSUE.message}`, { cause: error });
    }
  }
}

function toRecord<Own>(row: Row<Own>): DefinitionRecord & Own {
  const { versionId, version, document, versionCreatedAt, ...definition } = row;
  return {
    ...definition,
    latest: { id: versionId, version, document, isLatest: true, createdAt: versionCreatedAt },
  } as unknown as DefinitionRecord & Own;
}
