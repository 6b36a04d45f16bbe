import type { SqlExecutor } from '../../database/sql-executor';

/** How much work waits for a worker. */
export interface QueueBacklog {
  /** Entries that are due and that nobody has claimed. */
  readonly due: number;
  /** How long the first of them has been due, seconds; null when there is none. */
  readonly oldestSeconds: number | null;
}

/**
 * The durable queue that carries runs to workers. An entry is only a run's id, and a run has at most one.
 * Every method works inside the caller's transaction, so that the queue and the run's row never disagree.
 */
export abstract class RunQueue {
  /** Makes the queue's own schema ready. Safe to call from many processes at once. */
  abstract start(): Promise<void>;
  /** Stops background upkeep; entries stay. */
  abstract stop(): Promise<void>;
  /**
   * SQL that adds the runs of a relation `ready (id)`, to be claimed at once, as a part of the caller's statement: what
   * makes runs makes them in one statement, so in one round trip that is its own transaction.
   */
  abstract readonly enqueueReadySql: string;
  /** SQL that takes out the runs of a relation `gone (id)`, claimed or not, as a part of the caller's statement as well. */
  abstract readonly removeGoneSql: string;
  /** Adds runs, to be claimed at once or from `startAfter` on. */
  abstract enqueue(runIds: readonly string[], sql: SqlExecutor, startAfter?: Date): Promise<void>;
  /** Claims up to `limit` runs that are due, oldest first; nobody else gets them until they are released. */
  abstract claim(limit: number, sql: SqlExecutor): Promise<string[]>;
  /** Gives claimed runs back, so that another worker may claim them now. */
  abstract release(runIds: readonly string[], sql: SqlExecutor): Promise<void>;
  /** Takes runs out, whether claimed or not. */
  abstract remove(runIds: readonly string[], sql: SqlExecutor): Promise<void>;
  /** Whether the queue is there; rejects when the database cannot be asked. */
  abstract exists(sql: SqlExecutor): Promise<boolean>;
  /** What waits to be claimed now. */
  abstract backlog(sql: SqlExecutor): Promise<QueueBacklog>;
}
