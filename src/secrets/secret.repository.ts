import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { Clock } from '../common/clock';
import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { lockExpected } from '../common/conditional/lock-expected';
import { AppError } from '../common/errors/app-error';
import { violatesUnique } from '../common/errors/unique-violation';
import { containsPattern } from '../common/pagination/contains-pattern';
import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import { SqlFilter } from '../common/pagination/sql-filter';
import type { DefinitionUser } from '../common/versioning/definition-records';
import { SecretEntity } from './secret.entity';
import { SECRETS_CHANNEL } from './secrets-channel';

/** A secret as anybody may see it. */
export type SecretRecord = Readonly<Omit<SecretEntity, 'sealedValue'>>;

/** A secret as stored. */
export type SealedSecret = Pick<SecretEntity, 'id' | 'name' | 'sealedValue'>;

/** What a change can change. */
export type SecretChange = Partial<Pick<SecretEntity, 'description' | 'sealedValue'>>;

/** What became of a wish to delete. */
export type SecretDeletion =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'used'; readonly users: readonly DefinitionUser[] };

/** The unique index of names, in the migration. */
const NAME_INDEX = 'secrets_name';

const COLUMNS =
  's.id, s.name, s.description, s.revision, s.created_at AS "createdAt", s.updated_at AS "updatedAt"';

/** Living definitions whose latest version refers to the secret, as `components/secrets/secret-references.ts` reads it. */
const USERS = String.raw`
SELECT 'mcp_definition' AS type, d.id, d.name
FROM mcp_definitions d JOIN mcp_versions v ON v.id = d.latest_version_id
WHERE d.deleted_at IS NULL AND v.config::text ~ ('\$\{\{\s*secrets\.' || $1 || '\s*\}\}')
ORDER BY d.name LIMIT 100`;

/** The stored secrets. */
@Injectable()
export class SecretRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async listNewest(
    search: string | undefined,
    skip: number,
    limit: number,
  ): Promise<{ rows: SecretRecord[]; total: number }> {
    const pattern = search === undefined ? undefined : containsPattern(search);
    const { conditions, values } = new SqlFilter().add(
      pattern,
      (place) => `(s.name ILIKE ${place} OR s.description ILIKE ${place})`,
    );
    const statement = pageStatement(
      { columns: COLUMNS, from: 'secrets s', where: conditions, alias: 's' },
      values.length,
    );
    const rows = await this.dataSource.query<PageRow<SecretRecord>[]>(statement, [...values, limit, skip]);
    return readPageRows(rows);
  }

  async findById(id: string): Promise<SecretRecord | null> {
    const [found] = await this.dataSource.query<SecretRecord[]>(
      `SELECT ${COLUMNS} FROM secrets s WHERE s.id = $1`,
      [id],
    );
    return found ?? null;
  }

  async findSealed(names: readonly string[]): Promise<SealedSecret[]> {
    return this.dataSource.query<SealedSecret[]>(
      'SELECT id, name, sealed_value AS "sealedValue" FROM secrets WHERE name = ANY($1)',
      [names],
    );
  }

  async findAllSealed(): Promise<SealedSecret[]> {
    return this.dataSource.query<SealedSecret[]>(
      'SELECT id, name, sealed_value AS "sealedValue" FROM secrets ORDER BY name',
    );
  }

  /** Which of `names` are stored, by the caller's transaction, until whose end they cannot be deleted. */
  async holdByName(names: readonly string[], manager: EntityManager): Promise<string[]> {
    const rows = await manager.query<{ name: string }[]>(
      'SELECT name FROM secrets WHERE name = ANY($1) ORDER BY name FOR KEY SHARE',
      [names],
    );
    return rows.map(({ name }) => name);
  }

  /** @throws AppError CONFLICT when another secret has the name */
  async insert(secret: Omit<SecretEntity, 'revision'>): Promise<void> {
    try {
      await this.dataSource.manager.insert(SecretEntity, { ...secret, revision: 1 });
    } catch (error) {
      if (!violatesUnique(error, NAME_INDEX)) throw error;
      throw new AppError('CONFLICT', 'name: another secret has it; choose another', { cause: error });
    }
  }

  /**
   * Changes what is given and tells every process to forget.
   *
   * @returns false when there is no such secret
   * @throws AppError PRECONDITION_FAILED
   */
  async change(id: string, change: SecretChange, expected: ExpectedRevisions): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await lockExpected(manager, 'secrets', id, expected))) return false;
      if (Object.keys(change).length === 0) return true;
      await manager.update(SecretEntity, id, {
        ...change,
        revision: () => 'revision + 1',
        updatedAt: this.clock.now(),
      });
      await manager.query('SELECT pg_notify($1, $2)', [SECRETS_CHANNEL, '']);
      return true;
    });
  }

  /**
   * Deletes a secret that no living definition refers to, and tells every process to forget.
   *
   * @throws AppError PRECONDITION_FAILED
   */
  async deleteUnlessUsed(id: string, expected: ExpectedRevisions): Promise<SecretDeletion> {
    return this.dataSource.transaction(async (manager): Promise<SecretDeletion> => {
      if (!(await lockExpected(manager, 'secrets', id, expected))) return { kind: 'not_found' };
      const { name } = await manager.findOneByOrFail(SecretEntity, { id });
      const users = await manager.query<DefinitionUser[]>(USERS, [name]);
      if (users.length > 0) return { kind: 'used', users };
      await manager.delete(SecretEntity, { id });
      await manager.query('SELECT pg_notify($1, $2)', [SECRETS_CHANNEL, '']);
      return { kind: 'deleted' };
    });
  }
}
