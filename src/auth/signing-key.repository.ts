import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import { SIGNING_KEY_LOCK } from '../database/advisory-locks';
import { SESSIONS_CHANNEL } from './sessions-channel';

/** A signing key as stored. */
export interface SigningKeyRecord {
  readonly id: string;
  readonly sealedKey: string;
  readonly createdAt: Date;
}

const COLUMNS = 'id, sealed_key AS "sealedKey", created_at AS "createdAt"';

/** The stored signing keys: one that signs, and those whose tokens have not all ended. */
@Injectable()
export class SigningKeyRepository {
  constructor(private readonly dataSource: DataSource) {}

  async findCurrent(): Promise<SigningKeyRecord | null> {
    return findCurrent(this.dataSource.manager);
  }

  /** @param retiredAfter keys retired earlier have signed nothing that is still good */
  async find(id: string, retiredAfter: Date): Promise<SigningKeyRecord | null> {
    const [found] = await this.dataSource.query<SigningKeyRecord[]>(
      `SELECT ${COLUMNS} FROM session_signing_keys WHERE id = $1 AND (retired_at IS NULL OR retired_at > $2)`,
      [id, retiredAfter],
    );
    return found ?? null;
  }

  /**
   * Puts `next` in the place of a key that was made before `outdated`, and gives the one that signs now: of several
   * that try at once, one wins.
   */
  async succeed(next: SigningKeyRecord, outdated: Date, retiredBefore: Date): Promise<SigningKeyRecord> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [SIGNING_KEY_LOCK]);
      const current = await findCurrent(manager);
      if (current !== null && current.createdAt > outdated) return current;
      await manager.query('DELETE FROM session_signing_keys WHERE retired_at <= $1', [retiredBefore]);
      await manager.query('UPDATE session_signing_keys SET retired_at = $1 WHERE retired_at IS NULL', [
        next.createdAt,
      ]);
      await insert(manager, next);
      return next;
    });
  }

  /** Drops every key but `next` and every session, and tells all processes: no token that is about is good then. */
  async replaceAll(next: SigningKeyRecord): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [SIGNING_KEY_LOCK]);
      await manager.query('DELETE FROM session_signing_keys');
      await manager.query('DELETE FROM sessions');
      await insert(manager, next);
      await manager.query('SELECT pg_notify($1, $2)', [SESSIONS_CHANNEL, '']);
    });
  }
}

async function findCurrent(manager: EntityManager): Promise<SigningKeyRecord | null> {
  const [current] = await manager.query<SigningKeyRecord[]>(
    `SELECT ${COLUMNS} FROM session_signing_keys WHERE retired_at IS NULL`,
  );
  return current ?? null;
}

async function insert(manager: EntityManager, { id, sealedKey, createdAt }: SigningKeyRecord): Promise<void> {
  await manager.query('INSERT INTO session_signing_keys (id, sealed_key, created_at) VALUES ($1, $2, $3)', [
    id,
    sealedKey,
    createdAt,
  ]);
}
