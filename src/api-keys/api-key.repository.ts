import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import { API_KEYS_CHANNEL } from './api-keys-channel';
import { ApiKeyEntity } from './api-key.entity';

/** What lists show of a key. */
export type ListedApiKey = Omit<ApiKeyEntity, 'keyHash'>;

/** What a new key consists of. */
export type NewApiKey = Omit<ApiKeyEntity, 'lastUsedAt'>;

/** Whether a key was deleted, and if not, why. */
export type DeleteOutcome = 'deleted' | 'not_found' | 'last_admin';

/** Keys of the advisory locks are one space for the whole database: this one is ours for "which keys exist". */
const KEY_SET_LOCK = 0x6d637001;

const PAGE_STATEMENT = pageStatement(
  {
    columns: `k.id, k.name, k.prefix, k.scopes, k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt",
      k.created_at AS "createdAt"`,
    from: 'api_keys k',
    where: [],
    alias: 'k',
  },
  0,
);

/** The stored keys. */
@Injectable()
export class ApiKeyRepository {
  constructor(private readonly dataSource: DataSource) {}

  async findByHash(keyHash: Buffer): Promise<ApiKeyEntity | null> {
    return this.dataSource.manager.findOneBy(ApiKeyEntity, { keyHash });
  }

  async listNewest(skip: number, limit: number): Promise<{ rows: ListedApiKey[]; total: number }> {
    const rows = await this.dataSource.query<PageRow<ListedApiKey>[]>(PAGE_STATEMENT, [limit, skip]);
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
   */
  async deleteUnlessLastAdmin(id: string): Promise<DeleteOutcome> {
    return this.dataSource.transaction(async (manager) => {
      await lockKeySet(manager);
      const key = await manager.findOneBy(ApiKeyEntity, { id });
      if (key === null) return 'not_found';
      if (key.scopes.includes('admin') && !(await this.hasOtherAdmin(manager, id))) return 'last_admin';
      await manager.delete(ApiKeyEntity, { id });
      await manager.query('SELECT pg_notify($1, $2)', [API_KEYS_CHANNEL, id]);
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

async function lockKeySet(manager: EntityManager): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [KEY_SET_LOCK]);
}
