import type { SqlExecutor } from '../../database/sql-executor';
import type { NestedEnd } from '../core/nested-run';
import type { RunQueue } from '../queue/run-queue';
import { type ConcurrencyKey, concurrencyStore } from './concurrency-store';
import type { NewRun } from './new-run';
import { type CallingAttempt, type Checkpoint, NO_ITEM } from './checkpoint';

/** A run that learns that one nested in it has ended. */
export interface WokenRun {
  readonly runId: string;
  readonly heldByWorker: boolean;
}

/** The attempt of a unit of a run. */
export interface AttemptOfRun extends CallingAttempt {
  readonly runId: string;
}

/**
 * By id, so that all who lock several runs of a family do it in one order: a nested run is younger than the one that
 * calls it, and ids are in the order of time.
 */
const LOCK = `
SELECT FROM workflow_runs WHERE id = ANY($1) OR (parent_run_id = ANY($2) AND ended_at IS NULL) ORDER BY id FOR UPDATE`;

/** Counted as a signal is: what the worker has not seen, it must not wait for. */
const WAKE = `
UPDATE workflow_runs SET signals = signals + 1 WHERE id = ANY($1) AND ended_at IS NULL
RETURNING id AS "runId", owner IS NOT NULL AS "heldByWorker"`;

const FIND_ENDED = `
SELECT r.parent_run_id AS "parentRunId", r.parent_step_id AS "stepId", r.parent_item AS item,
  r.parent_attempt AS attempt, r.id AS "runId", r.status, r.result, r.error
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[]) AS a(run_id, step_id, item, attempt)
JOIN workflow_runs r ON r.parent_run_id = a.run_id AND r.parent_step_id = a.step_id AND r.parent_item = a.item
  AND r.parent_attempt = a.attempt
WHERE r.ended_at IS NOT NULL`;

const FIND_OPEN = `
SELECT r.id FROM unnest($2::text[], $3::int[], $4::int[]) AS a(step_id, item, attempt)
JOIN workflow_runs r ON r.parent_run_id = $1 AND r.parent_step_id = a.step_id AND r.parent_item = a.item
  AND r.parent_attempt = a.attempt
WHERE r.ended_at IS NULL`;

/** What runs have to do with those that they call, and with the one that calls them. */
export const familyStore = {
  /** Locks the keys and the other runs that these checkpoints change, before their own are written. */
  async lock(sql: SqlExecutor, checkpoints: readonly Checkpoint[]): Promise<void> {
    const keys = checkpoints.flatMap(({ family }) => [
      family?.frees ?? null,
      ...(family?.starts ?? []).map(keyOf),
    ]);
    await concurrencyStore.lock(
      sql,
      keys.filter((key) => key !== null),
    );
    const own = checkpoints.map(({ lease }) => lease.runId);
    const woken = checkpoints.map(({ family }) => family?.wakes ?? null).filter((id) => id !== null);
    const settling = checkpoints.filter(({ family }) => (family?.settled.length ?? 0) > 0);
    await sql.query(LOCK, [[...own, ...woken], settling.map(({ lease }) => lease.runId)]);
  },

  /** Lets runs go on, because of what became of one nested in them; part of the caller's transaction. */
  async wake(sql: SqlExecutor, queue: RunQueue, runIds: readonly string[]): Promise<WokenRun[]> {
    if (runIds.length === 0) return [];
    const woken = await sql.query<WokenRun>(WAKE, [runIds]);
    const free = woken.filter(({ heldByWorker }) => !heldByWorker).map(({ runId }) => runId);
    // Whatever entry they have may be for a later time.
    await queue.remove(free, sql);
    if (free.length > 0) await queue.enqueue(free, sql);
    return woken;
  },

  /** How the runs have ended that these attempts called, by the run that called them; without those that go on. */
  async findEnded(sql: SqlExecutor, attempts: readonly AttemptOfRun[]): Promise<Map<string, NestedEnd[]>> {
    if (attempts.length === 0) return new Map();
    const rows = await sql.query<NestedEnd & { parentRunId: string }>(FIND_ENDED, [
      attempts.map(({ runId }) => runId),
      ...columns(attempts),
    ]);
    const ends = rows.map(({ item, ...end }) => (item === NO_ITEM ? end : { ...end, item }));
    return Map.groupBy(ends, ({ parentRunId }) => parentRunId);
  },

  /** The ids of the runs that have not ended and that attempts of a run called. */
  async findOpenNested(
    sql: SqlExecutor,
    runId: string,
    attempts: readonly CallingAttempt[] | 'all',
  ): Promise<string[]> {
    const rows =
      attempts === 'all'
        ? await sql.query<{ id: string }>(
            'SELECT id FROM workflow_runs WHERE parent_run_id = $1 AND ended_at IS NULL ORDER BY id',
            [runId],
          )
        : await sql.query<{ id: string }>(FIND_OPEN, [runId, ...columns(attempts)]);
    return rows.map(({ id }) => id);
  },
};

function keyOf({ workflowDefinitionId, concurrency = null }: NewRun): ConcurrencyKey | null {
  if (workflowDefinitionId === null || concurrency === null) return null;
  return { workflowDefinitionId, key: concurrency.key };
}

function columns(attempts: readonly CallingAttempt[]): unknown[][] {
  return [
    attempts.map(({ stepId }) => stepId),
    attempts.map(({ item }) => item),
    attempts.map(({ attempt }) => attempt),
  ];
}
