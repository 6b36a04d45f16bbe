import { type Db, PgBoss } from 'pg-boss';
import type { Pool } from 'pg';
import type { SqlExecutor } from '../../database/sql-executor';
import { type QueueBacklog, RunQueue } from './run-queue';

const QUEUE = 'workflow-runs';

/** The table of pg-boss' queues that have none of their own. */
const JOBS = 'pgboss.job_common';

/** pg-boss drops an unclaimed job this long after it was due; a run must never vanish so: its maximum. */
const RETENTION_SECONDS = 365 * 24 * 3600;

/**
 * pg-boss gives a job to somebody else after this time: its maximum. Leases of our own decide that much
 * earlier; a run that is held for longer than a day is claimed again in vain (its row has an owner), which
 * only winds this clock up again.
 */
const EXPIRE_SECONDS = 24 * 3600;

/** A take-over uses one retry, and runs may outlive any number of deployments. */
const RETRY_LIMIT = 1_000_000;

/** From pg-boss' own table: its statistics are counted once a minute, by whoever does the upkeep. */
const BACKLOG = `
SELECT count(*)::int AS due, extract(epoch FROM now() - min(start_after))::float8 AS "oldestSeconds"
FROM pgboss.job WHERE name = '${QUEUE}' AND state < 'active' AND NOT blocked AND start_after <= now()`;

/** By the catalogue first: without pg-boss' schema the second statement would be an error. */
const HAS_SCHEMA = `SELECT to_regclass('pgboss.queue') IS NOT NULL AS there`;
const HAS_QUEUE = `SELECT EXISTS (SELECT FROM pgboss.queue WHERE name = '${QUEUE}') AS there`;

/**
 * As pg-boss' own insert would, from another relation; its documentation allows inserts into this table. The columns
 * that are left out have the defaults of the table, which are those of the queue.
 */
const ENQUEUE_READY = `
INSERT INTO pgboss.job (id, name, policy, expire_seconds, keep_until, retry_limit, retry_delay)
SELECT id, '${QUEUE}', 'standard', ${EXPIRE_SECONDS}, now() + interval '${RETENTION_SECONDS} s', ${RETRY_LIMIT}, 0 FROM ready`;

/**
 * As pg-boss' own deletion would. Each entry is looked up by its key alone: a join, or a list of ids, is planned as a walk
 * through all entries of the queue for as long as PostgreSQL has no statistics of the table (ADR 11).
 */
const REMOVE_GONE = `
DELETE FROM ${JOBS} WHERE ctid = ANY (ARRAY(
  SELECT (SELECT j.ctid FROM ${JOBS} j WHERE j.name = '${QUEUE}' AND j.id = gone.id) FROM gone))`;

/** Lets pg-boss take part in a caller's transaction. */
function asBossDb(sql: SqlExecutor): Db {
  return {
    executeSql: async (text, values) => ({ rows: await sql.query(text, values) }),
  };
}

/**
 * {@link RunQueue} on pg-boss. The job's id is the run's id. A job that is done with is deleted rather than
 * completed: the run's own row is the history, the id is free for the run's next stretch after a wait, and the
 * queue's table stays as small as the work that is under way.
 */
export class PgBossRunQueue extends RunQueue {
  readonly enqueueReadySql = ENQUEUE_READY;
  readonly removeGoneSql = REMOVE_GONE;
  private readonly boss: PgBoss;

  /**
   * @param pool where pg-boss' own upkeep runs
   * @param supervise whether this process does that upkeep; workers do
   * @param onError told of failures in the upkeep (a PostgreSQL restart, say), which pg-boss retries by itself
   */
  constructor(pool: Pool, supervise: boolean, onError: (error: Error) => void) {
    super();
    // The pool's own results: pg-boss also sends several statements at once, and reads a list of results then.
    const db: Db = { executeSql: (text, values) => pool.query(text, values) };
    this.boss = new PgBoss({
      db,
      schedule: false,
      supervise,
      registerInstance: false,
      // A run's trace has spans of ours. pg-boss would add one for every look into the queue, each a trace of its own.
      openTelemetry: { enabled: false },
    });
    this.boss.on('error', onError);
  }

  async start(): Promise<void> {
    await this.boss.start();
    await this.boss.createQueue(QUEUE, {
      retentionSeconds: RETENTION_SECONDS,
      expireInSeconds: EXPIRE_SECONDS,
      retryLimit: RETRY_LIMIT,
      retryDelay: 0,
    });
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }

  async enqueue(runIds: readonly string[], sql: SqlExecutor, startAfter?: Date): Promise<void> {
    const jobs = runIds.map((id) => (startAfter === undefined ? { id } : { id, startAfter }));
    await this.boss.insert(QUEUE, jobs, { db: asBossDb(sql) });
  }

  async claim(limit: number, sql: SqlExecutor): Promise<string[]> {
    const jobs = await this.boss.fetch(QUEUE, { batchSize: limit, db: asBossDb(sql) });
    return jobs.map((job) => job.id);
  }

  async release(runIds: readonly string[], sql: SqlExecutor): Promise<void> {
    if (runIds.length === 0) return;
    await this.boss.fail(QUEUE, [...runIds], null, { db: asBossDb(sql) });
  }

  async remove(runIds: readonly string[], sql: SqlExecutor): Promise<void> {
    if (runIds.length === 0) return;
    await this.boss.deleteJob(QUEUE, [...runIds], { db: asBossDb(sql) });
  }

  async exists(sql: SqlExecutor): Promise<boolean> {
    for (const statement of [HAS_SCHEMA, HAS_QUEUE]) {
      const [row] = await sql.query<{ there: boolean }>(statement);
      if (row?.there !== true) return false;
    }
    return true;
  }

  async backlog(sql: SqlExecutor): Promise<QueueBacklog> {
    const [row] = await sql.query<QueueBacklog>(BACKLOG);
    return row ?? { due: 0, oldestSeconds: null };
  }
}
