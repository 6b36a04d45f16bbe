import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { SESSIONS_CHANNEL } from './sessions-channel';

/** A stored session. */
export interface SessionRecord {
  readonly id: string;
  readonly apiKeyId: string;
  /** Of the key's text that began it. */
  readonly keyHash: Buffer;
  readonly createdAt: Date;
  readonly endsAt: Date;
}

/** The sessions that have not ended, and some that have. */
@Injectable()
export class SessionRepository {
  constructor(private readonly dataSource: DataSource) {}

  async find(id: string): Promise<SessionRecord | null> {
    const [found] = await this.dataSource.query<SessionRecord[]>(
      `SELECT id, api_key_id AS "apiKeyId", key_hash AS "keyHash", created_at AS "createdAt", ends_at AS "endsAt"
       FROM sessions WHERE id = $1`,
      [id],
    );
    return found ?? null;
  }

  /** Stores a session, and removes those that have ended by themselves. */
  async insert({ id, apiKeyId, keyHash, createdAt, endsAt }: SessionRecord): Promise<void> {
    await this.dataSource.query('DELETE FROM sessions WHERE ends_at <= $1', [createdAt]);
    await this.dataSource.query(
      'INSERT INTO sessions (id, api_key_id, key_hash, created_at, ends_at) VALUES ($1, $2, $3, $4, $5)',
      [id, apiKeyId, keyHash, createdAt, endsAt],
    );
  }

  /** Ends a session and tells every process to forget it. */
  async delete(id: string): Promise<void> {
    await this.dataSource.query(
      `WITH gone AS (DELETE FROM sessions WHERE id = $1 RETURNING id)
       SELECT pg_notify($2, '') FROM gone`,
      [id, SESSIONS_CHANNEL],
    );
  }
}
