import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { lockExpected } from '../common/conditional/lock-expected';
import { containsPattern } from '../common/pagination/contains-pattern';
import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import { SqlFilter } from '../common/pagination/sql-filter';
import type { Scope } from '../common/auth/caller-key';
import { KEY_SET_LOCK } from '../database/advisory-locks';
import { ApiKeyEntity } from './api-key.entity';
import { API_KEYS_CHANNEL } from './api-keys-channel';

/** What lists show of a key. */
export type ListedApiKey = Omit<ApiKeyEntity, 'keyHash'> & {
  /** Until when a text works that was replaced; null when none does. */
  readonly previousKeyEndsAt: Date | null;
};

/** What a new key consists of. */
export type NewApiKey = Omit<ApiKeyEntity, 'lastUsedAt' | 'rotatedAt'>;

/** What verifying needs of a key. `expiresAt`: of the key, or of the text where that ends sooner. */
export type VerifiedApiKey = Pick<ApiKeyEntity, 'id' | 'name' | 'scopes' | 'toolsetIds' | 'expiresAt'>;

/** Which keys a list shows; times are ISO 8601. */
export interface ApiKeyFilter {
  readonly search?: string | undefined;
  readonly scope?: Scope | undefined;
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
  readonly expiresBefore?: string | undefined;
}

/** Whether a key was deleted, and if not, why. */
export type DeleteOutcome = 'deleted' | 'not_found' | 'last_admin';

const LISTED_COLUMNS = `k.id, k.name, k.prefix, k.scopes, k.toolset_ids AS "toolsetIds", k.expires_at AS "expiresAt",
  k.last_used_at AS "lastUsedAt", k.rotated_at AS "rotatedAt", k.revision, k.created_at AS "createdAt",
  (SELECT max(s.ends_at) FROM api_key_retired_secrets s WHERE s.api_key_id = k.id AND s.ends_at > now())
    AS "previousKeyEndsAt"`;

/** The stored keys. */
@Injectable()
export class ApiKeyRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The key that has, or had, this text; whether it still works is for the caller to tell by `expiresAt`. */
  async findByHash(keyHash: Buffer): Promise<VerifiedApiKey | null> {
    const [found] = await this.dataSource.query<VerifiedApiKey[]>(
      `SELECT k.id, k.name, k.scopes, k.toolset_ids AS "toolsetIds", k.expires_at AS "expiresAt"
       FROM api_keys k WHERE k.key_hash = $1
       UNION ALL
       SELECT k.id, k.name, k.scopes, k.toolset_ids, least(k.expires_at, s.ends_at)
       FROM api_key_retired_secrets s JOIN api_keys k ON k.id = s.api_key_id WHERE s.key_hash = $1`,
      [keyHash],
    );
    return found ?? null;
  }

  async findById(id: string): Promise<ListedApiKey | null> {
    const [found] = await this.dataSource.query<ListedApiKey[]>(
      `SELECT ${LISTED_COLUMNS} FROM api_keys k WHERE k.id = $1`,
      [id],
    );
    return found ?? null;
  }

  async listNewest(
    filter: ApiKeyFilter,
    skip: number,
    limit: number,
  ): Promise<{ rows: ListedApiKey[]; total: number }> {
    const { conditions, values } = toSqlFilter(filter);
    const statement = pageStatement(
      { columns: LISTED_COLUMNS, from: 'api_keys k', where: conditions, alias: 'k' },
      values.length,
    );
    const rows = await this.dataSource.query<PageRow<ListedApiKey>[]>(statement, [...values, limit, skip]);
    return readPageRows(rows);
  }

  async hasAny(): Promise<boolean> {
    return this.dataSource.manager.exists(ApiKeyEntity);
  }

  async insert(key: NewApiKey): Promise<void> {
    await this.dataSource.manager.insert(ApiKeyEntity, key);
  }

  /**
   * Inserts what `makeKey` gives if there is no key yet. Whoever starts at the same time waits for the outcome.
   *
   * @returns whether the key was inserted
   */
  async insertFirst(makeKey: () => Promise<NewApiKey | null>): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await lockKeySet(manager);
      if (await manager.exists(ApiKeyEntity)) return false;
      const key = await makeKey();
      if (key === null) return false;
      await manager.insert(ApiKeyEntity, key);
      return true;
    });
  }

  /**
   * Deletes a key and tells every process to forget it. The last living key with the scope `admin` stays:
   * nobody could make another one.
   *
   * @throws AppError PRECONDITION_FAILED
   */
  async deleteUnlessLastAdmin(id: string, expected: ExpectedRevisions): Promise<DeleteOutcome> {
    return this.dataSource.transaction(async (manager) => {
      await lockKeySet(manager);
      if (!(await lockExpected(manager, 'api_keys', id, expected))) return 'not_found';
      const key = await manager.findOneByOrFail(ApiKeyEntity, { id });
      if (key.scopes.includes('admin') && !(await this.hasOtherAdmin(manager, id))) return 'last_admin';
      await manager.delete(ApiKeyEntity, { id });
      await tellToForget(manager, id);
      return 'deleted';
    });
  }

  /** Writes when keys were last used; never turns a time back. Keys that are gone are passed over. */
  async writeLastUsed(lastUsed: ReadonlyMap<string, Date>): Promise<void> {
    await this.dataSource.query(
      `UPDATE api_keys AS k SET last_used_at = greatest(k.last_used_at, used.at)
       FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at) WHERE k.id = used.id`,
      [[...lastUsed.keys()], [...lastUsed.values()]],
    );
  }

  private async hasOtherAdmin(manager: EntityManager, id: string): Promise<boolean> {
    const [row] = await manager.query<{ found: boolean }[]>(
      `SELECT EXISTS (
         SELECT FROM api_keys
         WHERE id <> $1 AND 'admin' = ANY (scopes) AND (expires_at IS NULL OR expires_at > now())
       ) AS found`,
      [id],
    );
    return row?.found === true;
  }
}

/** Reaches every process when the transaction commits. */
export async function tellToForget(manager: EntityManager, keyId: string): Promise<void> {
  await manager.query('SELECT pg_notify($1, $2)', [API_KEYS_CHANNEL, keyId]);
}

async function lockKeySet(manager: EntityManager): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [KEY_SET_LOCK]);
}

function toSqlFilter({ search, scope, createdAfter, createdBefore, expiresBefore }: ApiKeyFilter): SqlFilter {
  const pattern = search === undefined ? undefined : containsPattern(search);
  return new SqlFilter()
    .add(pattern, (place) => `(k.name ILIKE ${place} OR k.prefix ILIKE ${place})`)
    .add(scope, (place) => `${place} = ANY (k.scopes)`)
    .add(createdAfter, (place) => `k.created_at > ${place}::timestamptz`)
    .add(createdBefore, (place) => `k.created_at < ${place}::timestamptz`)
    .add(expiresBefore, (place) => `k.expires_at < ${place}::timestamptz`);
}
