import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { inDataSourceTransaction } from '../database/data-source-transaction';
import type { SqlExecutor } from '../database/sql-executor';

/** A webhook as its posts need it. */
export interface AddressedWebhook {
  readonly id: string;
  readonly workflowDefinitionId: string;
  readonly enabled: boolean;
  readonly signatureHeader: string | null;
  /** Encrypted. */
  readonly signatureSecret: string | null;
}

/** Old signatures that one post clears away at most. */
const CLEARED_AT_ONCE = 100;

/**
 * Counts a post in its window of a minute, by the clock of PostgreSQL, which all replicas share. Once the limit is
 * reached nothing is written: a flood costs reads only.
 */
const TAKE_PLACE = `
WITH taken AS (
  UPDATE webhooks SET
    window_started_at = CASE WHEN window_started_at > clock_timestamp() - interval '1 minute'
      THEN window_started_at ELSE clock_timestamp() END,
    window_count = CASE WHEN window_started_at > clock_timestamp() - interval '1 minute'
      THEN window_count + 1 ELSE 1 END
  WHERE id = $1 AND (window_started_at IS NULL OR window_started_at <= clock_timestamp() - interval '1 minute'
    OR window_count < rate_limit_per_minute)
  RETURNING id
)
SELECT EXISTS (SELECT FROM taken) AS taken,
  extract(epoch FROM window_started_at + interval '1 minute' - clock_timestamp())::float8 AS rest
FROM webhooks WHERE id = $1`;

/** The webhooks, as their posts see them. */
@Injectable()
export class WebhookPostRepository {
  constructor(private readonly dataSource: DataSource) {}

  async findByTokenHash(tokenHash: Buffer): Promise<AddressedWebhook | null> {
    const rows: AddressedWebhook[] = await this.dataSource.query(
      `SELECT id, workflow_definition_id AS "workflowDefinitionId", enabled, signature_header AS "signatureHeader",
         signature_secret AS "signatureSecret"
       FROM webhooks WHERE token_hash = $1`,
      [tokenHash],
    );
    return rows[0] ?? null;
  }

  /**
   * Takes one of the places that a webhook has in a minute.
   * @returns null when there was one; otherwise the seconds until there is one again, at least 1
   */
  async takePlace(id: string): Promise<number | null> {
    const rows: { taken: boolean; rest: number | null }[] = await this.dataSource.query(TAKE_PLACE, [id]);
    const [row] = rows;
    if (row === undefined || row.taken) return null;
    return Math.max(1, Math.ceil(row.rest ?? 1));
  }

  transaction<Value>(work: (sql: SqlExecutor) => Promise<Value>): Promise<Value> {
    return inDataSourceTransaction(this.dataSource, work);
  }

  /**
   * Remembers a signature in the caller's transaction, and forgets some that are past. Waits for a transaction that
   * is remembering the same.
   *
   * @returns false when it is remembered already
   */
  async rememberSignature(
    sql: SqlExecutor,
    webhookId: string,
    signature: Buffer,
    rememberUntil: Date,
  ): Promise<boolean> {
    // Skipping what others clear away at the same time: waiting for each other they could lock up.
    await sql.query(
      `DELETE FROM webhook_signatures WHERE webhook_id = $1 AND signature IN (
         SELECT signature FROM webhook_signatures WHERE webhook_id = $1 AND expires_at < now()
         LIMIT ${CLEARED_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
      [webhookId],
    );
    const rows = await sql.query(
      `INSERT INTO webhook_signatures (webhook_id, signature, expires_at) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING webhook_id`,
      [webhookId, signature, rememberUntil],
    );
    return rows.length > 0;
  }
}
