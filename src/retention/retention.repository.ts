import { Injectable } from '@nestjs/common';

import { PostgresConnection } from '../database/postgres-connection';
import { inTransaction, type SqlExecutor } from '../database/sql-executor';

/** Key of the advisory lock that one remover holds at a time: "rt" and nothing after it. */
const LOCK = [0x7274, 0] as const;

/** Runs that one transaction removes at most: it holds their rows, and its snapshot, for some 50 ms. */
export const RUNS_A_BATCH = 500;

/**
 * Events that one transaction removes at most, counting a run's steps in with them (a step has two or more), unless
 * a single run has more: what bounds the transaction where runs are long.
 */
export const EVENTS_A_BATCH = 20_000;

/** Idempotency keys that one transaction removes at most. */
const KEYS_A_BATCH = 5_000;

/** Audit events that one transaction removes at most: each has an entry in up to nine indexes. */
const AUDIT_EVENTS_A_BATCH = 5_000;

/** What one batch removed. */
export interface RemovedRows {
  readonly runs: number;
  readonly steps: number;
  readonly events: number;
}

/**
 * `seq` is the number of the run's events. Locked rows are passed by: this never waits for anybody. A nested run stays as
 * long as the run that called it: that one reads from it how it has ended, which it may not have done yet where all workers
 * were away for long.
 */
const FIND_DUE = `
WITH due AS (
  SELECT id, ended_at, seq FROM workflow_runs r WHERE ended_at < $1 AND NOT EXISTS (
    SELECT FROM workflow_runs caller WHERE caller.id = r.parent_run_id AND caller.ended_at IS NULL)
  ORDER BY ended_at LIMIT ${RUNS_A_BATCH} FOR UPDATE OF r SKIP LOCKED
)
SELECT id FROM (SELECT id, sum(seq) OVER (ORDER BY ended_at, id) - seq AS events_before FROM due) AS counted
WHERE events_before < ${EVENTS_A_BATCH}`;

/** Ids as an array, which finds each run's rows by the primary key whatever the statistics say. */
const REMOVE_STEPS = deletion('workflow_steps', 'run_id = ANY($1::uuid[])');
const REMOVE_EVENTS = deletion('run_events', 'run_id = ANY($1::uuid[])');
const REMOVE_RUNS = deletion('workflow_runs', 'id = ANY($1::uuid[])');

const REMOVE_ANSWERS = deletion(
  'idempotent_answers',
  `(api_key_id, operation, key) IN (
    SELECT api_key_id, operation, key FROM idempotent_answers WHERE created_at < $1
    ORDER BY created_at LIMIT ${KEYS_A_BATCH} FOR UPDATE SKIP LOCKED)`,
);

const REMOVE_KEYS = deletion(
  'idempotency_keys',
  `(api_key_id, key) IN (
    SELECT api_key_id, key FROM idempotency_keys WHERE created_at < $1
    ORDER BY created_at LIMIT ${KEYS_A_BATCH} FOR UPDATE SKIP LOCKED)`,
);

const REMOVE_AUDIT_EVENTS = deletion(
  'audit_events',
  `id = ANY(ARRAY(SELECT id FROM audit_events WHERE created_at < $1
    ORDER BY created_at, id LIMIT ${AUDIT_EVENTS_A_BATCH}))`,
);

/** Removes what is past its time, one batch a call, each in a transaction of its own. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly connection: PostgresConnection) {}

  /**
   * Removes a batch of the runs that ended before `cutoff`, the oldest first, with everything that is theirs.
   *
   * @returns null when another process is removing
   */
  removeEndedRuns(cutoff: Date): Promise<RemovedRows | null> {
    return this.alone(async (sql) => {
      const due = await sql.query<{ id: string }>(FIND_DUE, [cutoff]);
      if (due.length === 0) return { runs: 0, steps: 0, events: 0 };
      const ids = [due.map(({ id }) => id)];
      const steps = await count(sql, REMOVE_STEPS, ids);
      const events = await count(sql, REMOVE_EVENTS, ids);
      // Signals go with their run, by their foreign key.
      return { steps, events, runs: await count(sql, REMOVE_RUNS, ids) };
    });
  }

  /**
   * Removes a batch of the idempotency keys from before `cutoff`: those of runs, and those that an answer is kept for.
   *
   * @returns how many; null when another process is removing
   */
  removeIdempotencyKeys(cutoff: Date): Promise<number | null> {
    return this.alone(
      async (sql) => (await count(sql, REMOVE_KEYS, [cutoff])) + (await count(sql, REMOVE_ANSWERS, [cutoff])),
    );
  }

  /**
   * Removes a batch of the audit events from before `cutoff`, the oldest first.
   *
   * @returns how many; null when another process is removing
   */
  removeAuditEvents(cutoff: Date): Promise<number | null> {
    return this.alone(async (sql) => {
      // Without it the table refuses: nobody else removes audit events (migration audit-events).
      await sql.query("SET LOCAL mcp_backend.audit_retention = 'on'");
      return count(sql, REMOVE_AUDIT_EVENTS, [cutoff]);
    });
  }

  /** The lock is the transaction's: it cannot outlive a process that dies, nor needs a session of its own. */
  private alone<Value>(work: (sql: SqlExecutor) => Promise<Value>): Promise<Value | null> {
    return inTransaction(this.connection.pool, async (sql) => {
      const [lock] = await sql.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_xact_lock($1, $2) AS taken',
        LOCK,
      );
      if (lock?.taken !== true) return null;
      // What a crash brings back is removed again: nobody needs to wait for the disk.
      await sql.query('SET LOCAL synchronous_commit = off');
      return work(sql);
    });
  }
}

function deletion(table: string, where: string): string {
  return `WITH removed AS (DELETE FROM ${table} WHERE ${where} RETURNING 1) SELECT count(*)::int AS n FROM removed`;
}

async function count(sql: SqlExecutor, statement: string, values: readonly unknown[]): Promise<number> {
  const [row] = await sql.query<{ n: number }>(statement, values);
  return row?.n ?? 0;
}
