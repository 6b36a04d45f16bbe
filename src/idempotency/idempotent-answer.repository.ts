import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { inSharedTransaction } from '../database/shared-transaction';
import type { SqlExecutor } from '../database/sql-executor';

/** Whose answer it is: keys of several callers, or for several operations, have nothing to do with each other. */
export interface AnswerPlace {
  readonly apiKeyId: string;
  /** Method and path: `POST /api/v1/schedules`. */
  readonly operation: string;
  readonly key: string;
}

/** An answer as it is stored. */
export interface StoredAnswer {
  readonly requestHash: Buffer;
  /** Sealed. */
  readonly answer: string;
}

const AT_PLACE = 'api_key_id = $1 AND operation = $2 AND key = $3';

/** The kept answers. */
@Injectable()
export class IdempotentAnswerRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work`, with all that it does on the database, in one transaction. */
  transaction<Value>(work: (sql: SqlExecutor) => Promise<Value>): Promise<Value> {
    return inSharedTransaction(this.dataSource, work);
  }

  /**
   * Takes a place for the caller's transaction; one that is older than its 24 h is taken over. Waits for another
   * transaction that has it.
   *
   * @returns false when there is an answer already
   */
  async reserve(sql: SqlExecutor, place: AnswerPlace, requestHash: Buffer): Promise<boolean> {
    const rows = await sql.query(
      `INSERT INTO idempotent_answers AS a (api_key_id, operation, key, request_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT (api_key_id, operation, key) DO UPDATE
         SET request_hash = excluded.request_hash, answer = NULL, created_at = now()
         WHERE a.created_at <= now() - interval '24 hours'
       RETURNING key`,
      [...valuesOf(place), requestHash],
    );
    return rows.length > 0;
  }

  /** The answer at a place that {@link reserve} found taken. */
  async get(sql: SqlExecutor, place: AnswerPlace): Promise<StoredAnswer> {
    const [row] = await sql.query<StoredAnswer>(
      `SELECT request_hash AS "requestHash", answer FROM idempotent_answers WHERE ${AT_PLACE}`,
      valuesOf(place),
    );
    if (row === undefined) throw new Error('The row that was in the way is locked by this transaction');
    return row;
  }

  /** Fills a reserved place. */
  async save(sql: SqlExecutor, place: AnswerPlace, answer: string): Promise<void> {
    await sql.query(`UPDATE idempotent_answers SET answer = $4 WHERE ${AT_PLACE}`, [
      ...valuesOf(place),
      answer,
    ]);
  }
}

function valuesOf({ apiKeyId, operation, key }: AnswerPlace): string[] {
  return [apiKeyId, operation, key];
}
