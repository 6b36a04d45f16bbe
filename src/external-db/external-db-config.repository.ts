import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { Clock } from '../common/clock';
import { assertExpected, type ExpectedRevisions } from '../common/conditional/expected-revisions';
import { lockExpected } from '../common/conditional/lock-expected';
import { AppError } from '../common/errors/app-error';
import { violatesUnique } from '../common/errors/unique-violation';
import { containsPattern } from '../common/pagination/contains-pattern';
import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import { SqlFilter } from '../common/pagination/sql-filter';
import type { DefinitionUser, HideOutcome } from '../common/versioning/definition-records';
import type { DbType } from './db-type';
import { ExternalDbConfigEntity } from './external-db-config.entity';

/** A configuration as stored. */
export type ExternalDbConfigRecord = Readonly<ExternalDbConfigEntity>;

/** What a change can change. */
export type ExternalDbConfigChange = Partial<
  Omit<ExternalDbConfigRecord, 'id' | 'revision' | 'createdAt' | 'updatedAt'>
>;

/** Which configurations a list shows. */
export interface ExternalDbConfigFilter {
  readonly dbType?: DbType | undefined;
  /** Part of the name or the description, in any case. */
  readonly search?: string | undefined;
}

/** The unique index of names, in the migration. */
const NAME_INDEX = 'external_db_configs_name';

const COLUMNS = `c.id, c.name, c.description, c.db_type AS "dbType", c.host, c.port, c.username, c.db_name AS "dbName",
  c.sealed_password AS "sealedPassword", c.ssl, c.allow_writes AS "allowWrites", c.revision,
  c.created_at AS "createdAt", c.updated_at AS "updatedAt"`;

/** The stored configurations. */
@Injectable()
export class ExternalDbConfigRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async listNewest(
    { dbType, search }: ExternalDbConfigFilter,
    skip: number,
    limit: number,
  ): Promise<{ rows: ExternalDbConfigRecord[]; total: number }> {
    const pattern = search === undefined ? undefined : containsPattern(search);
    const { conditions, values } = new SqlFilter()
      .add(dbType, (place) => `c.db_type = ${place}`)
      .add(pattern, (place) => `(c.name ILIKE ${place} OR c.description ILIKE ${place})`);
    const statement = pageStatement(
      { columns: COLUMNS, from: 'external_db_configs c', where: conditions, alias: 'c' },
      values.length,
    );
    const rows = await this.dataSource.query<PageRow<ExternalDbConfigRecord>[]>(statement, [
      ...values,
      limit,
      skip,
    ]);
    return readPageRows(rows);
  }

  async findById(id: string): Promise<ExternalDbConfigRecord | null> {
    const [found] = await this.dataSource.query<ExternalDbConfigRecord[]>(
      `SELECT ${COLUMNS} FROM external_db_configs c WHERE c.id = $1`,
      [id],
    );
    return found ?? null;
  }

  /** @throws AppError CONFLICT when another configuration has the name */
  async insert(config: Omit<ExternalDbConfigRecord, 'revision'>): Promise<void> {
    await refusingTakenNames(() =>
      this.dataSource.manager.insert(ExternalDbConfigEntity, { ...config, revision: 1 }),
    );
  }

  /**
   * Changes a configuration as `decide` says, alone: others who change it wait.
   *
   * @returns false when there is no such configuration
   * @throws AppError PRECONDITION_FAILED; CONFLICT when another configuration has the new name; what `decide` throws
   */
  async change(
    id: string,
    expected: ExpectedRevisions,
    decide: (current: ExternalDbConfigRecord) => ExternalDbConfigChange,
  ): Promise<boolean> {
    return refusingTakenNames(() =>
      this.dataSource.transaction(async (manager) => {
        const [current] = await manager.query<ExternalDbConfigRecord[]>(
          `SELECT ${COLUMNS} FROM external_db_configs c WHERE c.id = $1 FOR UPDATE`,
          [id],
        );
        if (current === undefined) return false;
        assertExpected(expected, current.revision);
        const change = decide(current);
        if (Object.keys(change).length === 0) return true;
        await manager.update(ExternalDbConfigEntity, id, {
          ...change,
          revision: current.revision + 1,
          updatedAt: this.clock.now(),
        });
        return true;
      }),
    );
  }

  /**
   * Keeps a configuration from being deleted until the transaction ends. KEY SHARE: changes of it go on.
   *
   * @returns its type, which never changes; null when there is none
   */
  async holdLiving(id: string, manager: EntityManager): Promise<DbType | null> {
    const [found] = await manager.query<{ dbType: DbType }[]>(
      'SELECT db_type AS "dbType" FROM external_db_configs WHERE id = $1 FOR KEY SHARE',
      [id],
    );
    return found?.dbType ?? null;
  }

  /**
   * Deletes a configuration unless somebody uses it. Its row is locked first: who takes it into use at the same time is
   * either seen here, or finds it gone.
   *
   * @throws AppError PRECONDITION_FAILED
   */
  async deleteUnlessUsed(
    id: string,
    expected: ExpectedRevisions,
    findUsers: (manager: EntityManager) => Promise<readonly DefinitionUser[]>,
  ): Promise<HideOutcome> {
    return this.dataSource.transaction<HideOutcome>(async (manager) => {
      if (!(await lockExpected(manager, 'external_db_configs', id, expected))) return { kind: 'not_found' };
      const users = await findUsers(manager);
      if (users.length > 0) return { kind: 'used', users };
      await manager.delete(ExternalDbConfigEntity, { id });
      return { kind: 'hidden' };
    });
  }
}

async function refusingTakenNames<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!violatesUnique(error, NAME_INDEX)) throw error;
    throw new AppError('CONFLICT', 'name: another configuration has it; choose another', { cause: error });
  }
}
