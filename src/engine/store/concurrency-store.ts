import { AppError } from '../../common/errors/app-error';
import type { SqlExecutor } from '../../database/sql-executor';
import type { ConcurrencyPlace } from '../core/concurrency';
import type { RunQueue } from '../queue/run-queue';

/** A key of a workflow's runs. */
export interface ConcurrencyKey {
  readonly workflowDefinitionId: string;
  readonly key: string;
}

/** What a new run has to do under its key. */
export interface Admission {
  readonly isHeld: boolean;
  /** Older runs that give way to it. */
  readonly superseded: readonly string[];
}

const OPEN = 'workflow_definition_id = $1 AND concurrency_key = $2 AND ended_at IS NULL';

/** Makes the row where there is none, and locks it. */
const LOCK = `
INSERT INTO concurrency_keys AS k (workflow_definition_id, key, max) VALUES ($1, $2, coalesce($3, 1))
ON CONFLICT (workflow_definition_id, key) DO UPDATE SET max = coalesce($3, k.max)
RETURNING max`;

/** The oldest first: whoever came first, begins first. */
const ADMIT = `
UPDATE workflow_runs SET is_held = false WHERE id IN (
  SELECT id FROM workflow_runs WHERE ${OPEN} AND is_held ORDER BY created_at, id
  LIMIT greatest($3 - (SELECT count(*) FROM workflow_runs WHERE ${OPEN} AND NOT is_held), 0))
RETURNING id`;

/**
 * Runs that share a key. The key's row is locked both when a run is made and when one ends, before any run's row; how
 * many are admitted is counted from the runs, so that nothing can be off by one after a crash.
 */
export const concurrencyStore = {
  /** Locks keys, in one order for all. */
  async lock(sql: SqlExecutor, keys: readonly ConcurrencyKey[]): Promise<void> {
    for (const { workflowDefinitionId, key } of keys.toSorted(byName)) {
      await sql.query(LOCK, [workflowDefinitionId, key, null]);
    }
  },

  /**
   * Decides whether a new run may begin. Call before the run is made, in the same transaction.
   * @throws AppError CONFLICT where it must not be made
   */
  async admit(
    sql: SqlExecutor,
    queue: RunQueue,
    workflowDefinitionId: string,
    place: ConcurrencyPlace,
  ): Promise<Admission> {
    const { key, max, onConflict } = place;
    await sql.query(LOCK, [workflowDefinitionId, key, max]);
    const open = await sql.query<{ id: string; isHeld: boolean }>(
      `SELECT id, is_held AS "isHeld" FROM workflow_runs WHERE ${OPEN} ORDER BY created_at, id`,
      [workflowDefinitionId, key],
    );
    const running = open.filter(({ isHeld }) => !isHeld);
    // Its version may allow more than the one before: those that wait already go first.
    if (running.length < max && running.length < open.length) {
      await admitHeld(sql, queue, { workflowDefinitionId, key }, max);
    }
    if (open.length < max) return { isHeld: false, superseded: [] };
    switch (onConflict) {
      case 'queue':
        return { isHeld: true, superseded: [] };
      case 'cancel_running':
        // It waits for those that it cancels: until they have stopped, their place is taken.
        return { isHeld: true, superseded: open.slice(0, open.length - max + 1).map(({ id }) => id) };
      case 'reject':
        throw new AppError(
          'CONFLICT',
          `concurrency: runs with the key ${key} that have not ended: ${open.length}; at most ${max} may run at a time`,
        );
    }
  },

  /** Lets runs begin that wait for a place, as far as there are places; in the transaction that ends one. */
  async release(sql: SqlExecutor, queue: RunQueue, key: ConcurrencyKey): Promise<string[]> {
    const [row] = await sql.query<{ max: number }>(LOCK, [key.workflowDefinitionId, key.key, null]);
    return admitHeld(sql, queue, key, row?.max ?? 1);
  },

  /** The keys under which runs wait, with a place or without. */
  async findHolding(sql: SqlExecutor): Promise<ConcurrencyKey[]> {
    return sql.query<ConcurrencyKey>(
      `SELECT DISTINCT workflow_definition_id AS "workflowDefinitionId", concurrency_key AS key
       FROM workflow_runs WHERE is_held AND ended_at IS NULL`,
    );
  },

  /** Forgets keys that no open run has. One that comes back at this moment makes its row anew. */
  async forgetUnused(sql: SqlExecutor): Promise<void> {
    await sql.query(
      `DELETE FROM concurrency_keys k WHERE NOT EXISTS (SELECT FROM workflow_runs r
         WHERE r.workflow_definition_id = k.workflow_definition_id AND r.concurrency_key = k.key
           AND r.ended_at IS NULL)`,
    );
  },
};

/** Under the lock of the key. @returns the runs that have a place now */
async function admitHeld(
  sql: SqlExecutor,
  queue: RunQueue,
  { workflowDefinitionId, key }: ConcurrencyKey,
  max: number,
): Promise<string[]> {
  const admitted = await sql.query<{ id: string }>(ADMIT, [workflowDefinitionId, key, max]);
  const ids = admitted.map(({ id }) => id);
  if (ids.length > 0) await queue.enqueue(ids, sql);
  return ids;
}

function byName(a: ConcurrencyKey, b: ConcurrencyKey): number {
  const [left, right] = [a, b].map(({ workflowDefinitionId, key }) => workflowDefinitionId + key);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
