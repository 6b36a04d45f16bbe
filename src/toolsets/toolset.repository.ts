import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { assertExpected, type ExpectedRevisions } from '../common/conditional/expected-revisions';
import { lockExpected } from '../common/conditional/lock-expected';
import { AppError } from '../common/errors/app-error';
import { violatesUnique } from '../common/errors/unique-violation';
import { containsPattern } from '../common/pagination/contains-pattern';
import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import { SqlFilter } from '../common/pagination/sql-filter';
import type { DefinitionUser } from '../common/versioning/definition-records';
import { inDataSourceTransaction } from '../database/data-source-transaction';
import type { ToolsetRecord, ToolsetSettings } from './toolset';

const COLUMNS = `t.id, t.name, t.description, t.mode, t.members, t.allow, t.deny, t.revision,
  t.created_at AS "createdAt", t.updated_at AS "updatedAt"`;

/** Runs in the transaction that writes, before it does; what it throws undoes everything. */
type Check = (manager: EntityManager) => Promise<void>;

/** The stored toolsets. */
@Injectable()
export class ToolsetRepository {
  constructor(private readonly dataSource: DataSource) {}

  async findById(id: string): Promise<ToolsetRecord | null> {
    const [found] = await this.dataSource.query<ToolsetRecord[]>(
      `SELECT ${COLUMNS} FROM toolsets t WHERE t.id = $1`,
      [id],
    );
    return found ?? null;
  }

  async findAll(): Promise<ToolsetRecord[]> {
    return this.dataSource.query<ToolsetRecord[]>(`SELECT ${COLUMNS} FROM toolsets t ORDER BY t.id`);
  }

  async isNameTaken(name: string): Promise<boolean> {
    const found = await this.dataSource.query<unknown[]>('SELECT FROM toolsets WHERE name = $1', [name]);
    return found.length > 0;
  }

  /** Which of these ids belong to no toolset. */
  async findMissing(ids: readonly string[]): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT wanted.id FROM unnest($1::uuid[]) AS wanted (id)
       WHERE NOT EXISTS (SELECT FROM toolsets t WHERE t.id = wanted.id)`,
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  async listNewest(
    search: string | undefined,
    skip: number,
    limit: number,
  ): Promise<{ rows: ToolsetRecord[]; total: number }> {
    const pattern = search === undefined ? undefined : containsPattern(search);
    const { conditions, values } = new SqlFilter().add(
      pattern,
      (place) => `(t.name ILIKE ${place} OR t.description ILIKE ${place})`,
    );
    const statement = pageStatement(
      { columns: COLUMNS, from: 'toolsets t', where: conditions, alias: 't' },
      values.length,
    );
    const rows = await this.dataSource.query<PageRow<ToolsetRecord>[]>(statement, [...values, limit, skip]);
    return readPageRows(rows);
  }

  /** @throws AppError CONFLICT when another toolset has the name */
  async insert(id: string, settings: ToolsetSettings, check: Check): Promise<void> {
    await this.refusingTakenNames(async (manager) => {
      await check(manager);
      await manager.query(
        `INSERT INTO toolsets (id, name, description, mode, members, allow, deny)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [id, ...valuesOf(settings)],
      );
    });
  }

  /**
   * Changes a toolset as `decide` says, alone: others who change it wait.
   *
   * @returns false when there is none
   * @throws AppError PRECONDITION_FAILED; CONFLICT when another toolset has the new name
   */
  async change(
    id: string,
    expected: ExpectedRevisions,
    decide: (current: ToolsetRecord, manager: EntityManager) => Promise<ToolsetSettings>,
  ): Promise<boolean> {
    return this.refusingTakenNames(async (manager) => {
      const [current] = await manager.query<ToolsetRecord[]>(
        `SELECT ${COLUMNS} FROM toolsets t WHERE t.id = $1 FOR UPDATE`,
        [id],
      );
      if (current === undefined) return false;
      assertExpected(expected, current.revision);
      await manager.query(
        `UPDATE toolsets SET name = $2, description = $3, mode = $4, members = $5, allow = $6, deny = $7,
           revision = revision + 1, updated_at = greatest(clock_timestamp(), updated_at + interval '1 millisecond')
         WHERE id = $1`,
        [id, ...valuesOf(await decide(current, manager))],
      );
      return true;
    });
  }

  /**
   * @returns false when there is none
   * @throws AppError PRECONDITION_FAILED
   */
  async delete(id: string, expected: ExpectedRevisions): Promise<boolean> {
    return inDataSourceTransaction(this.dataSource, async (sql) => {
      if (!(await lockExpected(sql, 'toolsets', id, expected))) return false;
      await sql.query('DELETE FROM toolsets WHERE id = $1', [id]);
      return true;
    });
  }

  /** The toolsets that have a definition among their members. */
  async findUsers(definitionId: string, manager: EntityManager): Promise<readonly DefinitionUser[]> {
    return manager.query<DefinitionUser[]>(
      `SELECT 'toolset' AS type, id, name FROM toolsets
       WHERE members @> jsonb_build_array(jsonb_build_object('definitionId', $1::text)) ORDER BY name`,
      [definitionId],
    );
  }

  private async refusingTakenNames<Value>(work: (manager: EntityManager) => Promise<Value>): Promise<Value> {
    try {
      return await this.dataSource.transaction(work);
    } catch (error) {
      if (!violatesUnique(error, 'toolsets_name')) throw error;
      throw new AppError('CONFLICT', 'name: another toolset has it; choose another', { cause: error });
    }
  }
}

function valuesOf({ name, description, mode, members, allow, deny }: ToolsetSettings): unknown[] {
  return [name, description, mode, members === null ? null : JSON.stringify(members), allow, deny];
}
