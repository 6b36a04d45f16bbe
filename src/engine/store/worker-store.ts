import type { SqlExecutor } from '../../database/sql-executor';
import type { RequestedCancel } from './cancel-store';

/** First half of the advisory locks' keys, "wk": keeps them apart from other users of advisory locks. */
const LOCK_CLASS = 0x776b;

/** How long a worker may be silent before it counts as gone, seconds. A frozen one is noticed by this alone. */
export const LEASE_SECONDS = 5;

/**
 * After PostgreSQL itself restarted, every worker's lock is free until the worker is connected again: that long
 * a free lock proves nothing, seconds.
 */
const RECONNECT_GRACE_SECONDS = 3;

/** By the lock as well: the process of a session that ended may have given its number to another. */
const END_HOLDER = `
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE pid = ANY($3::int[]) AND locktype = 'advisory' AND classid = $1 AND objid = $2 AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** A worker as it registered. */
export interface RegisteredWorker {
  readonly id: string;
  readonly lockKey: number;
}

/** What a worker hears when it says that it is alive. */
export interface HeartbeatAnswer {
  /** Its runs that somebody wants cancelled. */
  readonly cancel: readonly RequestedCancel[];
  /** How many signals were sent to its runs, by run; without those that have none. */
  readonly signals: Readonly<Record<string, number>>;
}

/**
 * The `workers` table: who is alive. A worker is alive while it sends heartbeats; its death is seen sooner by the
 * session advisory lock that it holds, which PostgreSQL frees the moment that its process or machine is gone.
 */
export const workerStore = {
  /** Adds the worker and takes its lock, on the session that will hold it. Call inside a transaction, so that no row is seen without its lock. */
  async register(sql: SqlExecutor, id: string, hostname: string, pid: number): Promise<RegisteredWorker> {
    const [row] = await sql.query<{ lock_key: number }>(
      'INSERT INTO workers (id, hostname, pid) VALUES ($1, $2, $3) RETURNING lock_key',
      [id, hostname, pid],
    );
    if (row === undefined) throw new Error('INSERT … RETURNING gave no row');
    const worker = { id, lockKey: row.lock_key };
    await workerStore.lock(sql, worker);
    return worker;
  },

  /** Takes the worker's lock. */
  async lock(sql: SqlExecutor, worker: RegisteredWorker): Promise<void> {
    await sql.query('SELECT pg_advisory_lock($1, $2)', [LOCK_CLASS, worker.lockKey]);
  },

  /**
   * Takes the worker's lock again, after its session was lost. Where PostgreSQL has not noticed that, for nobody closed the
   * connection, the session holds the lock, for hours: it is ended first.
   *
   * @param lost the sessions that it may be
   */
  async lockAgain(sql: SqlExecutor, worker: RegisteredWorker, lost: readonly number[]): Promise<void> {
    await sql.query(END_HOLDER, [LOCK_CLASS, worker.lockKey, lost]);
    await workerStore.lock(sql, worker);
  },

  /** This session: the number of the process of PostgreSQL's that serves it. */
  async session(sql: SqlExecutor): Promise<number> {
    const [row] = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    if (row === undefined) throw new Error('SELECT pg_backend_pid() gave no row');
    return row.pid;
  },

  /**
   * Says that the worker is alive, whatever the number of its runs: one row.
   * @returns what is asked of its runs; null when the worker was given up and its runs are gone
   */
  async heartbeat(sql: SqlExecutor, id: string): Promise<HeartbeatAnswer | null> {
    const [row] = await sql.query<HeartbeatAnswer>(
      `UPDATE workers SET heartbeat_at = now() WHERE id = $1
       RETURNING
         (SELECT coalesce(json_agg(json_build_object('runId', id, 'reason', cancel_reason)), '[]')
          FROM workflow_runs WHERE owner = $1 AND cancel_requested_at IS NOT NULL) AS cancel,
         (SELECT coalesce(json_object_agg(id, signals), '{}') FROM workflow_runs
          WHERE owner = $1 AND signals > 0) AS signals`,
      [id],
      'heartbeat',
    );
    return row ?? null;
  },

  /** Takes the worker out. Its runs must have been let go before. */
  async unregister(sql: SqlExecutor, id: string): Promise<void> {
    await sql.query('DELETE FROM workers WHERE id = $1', [id]);
  },

  /** How many workers have sent a heartbeat within their lease. */
  async countAlive(sql: SqlExecutor): Promise<number> {
    const [row] = await sql.query<{ alive: number }>(
      "SELECT count(*)::int AS alive FROM workers WHERE heartbeat_at > now() - $1 * interval '1 second'",
      [LEASE_SECONDS],
    );
    return row?.alive ?? 0;
  },

  /** The other workers that are gone: silent for a lease, or without their lock. */
  async findDead(sql: SqlExecutor, me: string): Promise<string[]> {
    const rows = await sql.query<{ id: string }>(
      `SELECT id FROM workers
       WHERE id <> $1 AND (
         greatest(heartbeat_at, pg_postmaster_start_time()) < now() - $2 * interval '1 second'
         OR (pg_postmaster_start_time() < now() - $3 * interval '1 second'
             AND pg_try_advisory_xact_lock($4, lock_key)))`,
      [me, LEASE_SECONDS, RECONNECT_GRACE_SECONDS, LOCK_CLASS],
      'find-dead-workers',
    );
    return rows.map((row) => row.id);
  },

  /**
   * Takes `dead` workers out and frees every run whose owner is no longer registered; from here on their late
   * writes are refused. Of several workers that try at once, one gets the rows.
   * @returns the freed runs
   */
  async giveUp(sql: SqlExecutor, dead: readonly string[]): Promise<string[]> {
    await sql.query('DELETE FROM workers WHERE id = ANY($1)', [dead]);
    const runs = await sql.query<{ id: string }>(
      `UPDATE workflow_runs r SET owner = NULL, epoch = epoch + 1
       WHERE owner IS NOT NULL AND NOT EXISTS (SELECT FROM workers w WHERE w.id = r.owner)
       RETURNING id`,
    );
    return runs.map((run) => run.id);
  },
};
