import { Injectable } from '@nestjs/common';

import { RUN_STATS_LOCK } from '../database/advisory-locks';
import { inTransaction, type SqlExecutor } from '../database/sql-executor';
import { PostgresConnection } from '../database/postgres-connection';

/** Ends that are added up in one transaction: some 50 ms of work. */
const BATCH = 20_000;

/** Longer than the longest stretch that the dashboard shows. */
const KEPT = '8 days';

/**
 * Takes ended runs out of `run_ends` and adds them to the hours that they belong to. Both in one statement, so that
 * each run is in exactly one of the two whenever somebody looks.
 */
const ADD_UP = `
WITH taken AS (
  DELETE FROM run_ends WHERE ctid = ANY (ARRAY(SELECT ctid FROM run_ends LIMIT ${BATCH}))
  RETURNING date_trunc('hour', ended_at, 'UTC') AS hour, workflow_definition_id, status,
    run_duration_bucket(started_at, ended_at) AS bucket
), by_status AS (
  INSERT INTO run_stats_hourly AS s (hour, status, bucket, runs)
  SELECT hour, status, bucket, count(*) FROM taken GROUP BY hour, status, bucket
  ON CONFLICT (hour, status, bucket) DO UPDATE SET runs = s.runs + excluded.runs
), by_definition AS ( -- of workflows: runs that invoke a component have none
  INSERT INTO definition_stats_hourly AS s (hour, workflow_definition_id, runs, failed)
  SELECT hour, workflow_definition_id, count(*), count(*) FILTER (WHERE status IN ('failed', 'timed_out'))
  FROM taken WHERE workflow_definition_id IS NOT NULL GROUP BY hour, workflow_definition_id
  ON CONFLICT (hour, workflow_definition_id) DO UPDATE
    SET runs = s.runs + excluded.runs, failed = s.failed + excluded.failed
)
SELECT count(*)::int AS taken FROM taken`;

/** Keeps the hourly numbers of runs. */
@Injectable()
export class RunStatsRepository {
  constructor(private readonly connection: PostgresConnection) {}

  /**
   * Adds up what has ended since the last time; does nothing while another process does.
   *
   * @returns whether there may be more
   */
  addUp(): Promise<boolean> {
    return inTransaction(this.connection.pool, async (sql) => {
      if (!(await takeLock(sql))) return false;
      const [row] = await sql.query<{ taken: number }>(ADD_UP);
      return row?.taken === BATCH;
    });
  }

  /** Drops the hours that nobody is shown any more. */
  async forgetOld(): Promise<void> {
    const { pool } = this.connection;
    await pool.query(`DELETE FROM run_stats_hourly WHERE hour < now() - interval '${KEPT}'`);
    await pool.query(`DELETE FROM definition_stats_hourly WHERE hour < now() - interval '${KEPT}'`);
  }
}

async function takeLock(sql: SqlExecutor): Promise<boolean> {
  const [row] = await sql.query<{ locked: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS locked', [
    RUN_STATS_LOCK,
  ]);
  return row?.locked === true;
}
