import type { SqlExecutor } from '../../database/sql-executor';
import { CHANNELS } from '../channels';
import { CANCEL_REASONS, cancellation } from '../core/cancel-reason';
import type { Failure } from '../core/run-records';
import type { Hint } from '../hints';
import type { EndedRun } from '../ports';
import type { RunQueue } from '../queue/run-queue';
import type { RecordedError } from './checkpoint';
import { type ConcurrencyKey, concurrencyStore } from './concurrency-store';
import { endUnclaimed, type UnclaimedEnd } from './end-unclaimed';
import { familyStore, type WokenRun } from './family-store';

/** What became of a wish to cancel a run. */
export type CancelOutcome = 'cancelled' | 'requested' | 'ended' | 'unknown';

/** A wish to cancel a run. */
export interface CancelWish {
  readonly runId: string;
  /** What its error will say, unless it was to be cancelled already: the first reason stays. */
  readonly reason: string;
  readonly at: Date;
}

/** A run that its worker was asked to cancel. */
export interface RequestedCancel {
  readonly runId: string;
  /** null: whoever asked gave none. */
  readonly reason: string | null;
}

/** A run that a cancellation has reached. */
export interface ReachedRun {
  readonly runId: string;
  /** As what it has ended; null: its worker was asked to end it. */
  readonly ended: EndedRun | null;
}

/** The runs that something from outside has ended or woken: once that is committed, to be told of and counted. */
export interface Reach {
  /** Runs that were to end, and those nested in them. */
  readonly reached: readonly ReachedRun[];
  /** The runs that wait for one of these, or for its place, and are not to end themselves. */
  readonly woken: readonly WokenRun[];
}

export const REACHED_NOBODY: Reach = { reached: [], woken: [] };

/** What a cancellation has done. */
export interface Cancellation extends Reach {
  readonly outcome: CancelOutcome;
}

/** Whom to tell of runs that were ended or woken, once that is committed. */
export function cancelHints({ reached, woken }: Reach): Hint[] {
  return [
    ...reached.flatMap(({ runId }) => [
      { channel: CHANNELS.runCancel, payload: runId },
      { channel: CHANNELS.runEvents, payload: runId },
    ]),
    ...woken.map(wakeHint),
  ];
}

/** Whom to tell of news for a run: the worker that holds it, or whoever may claim it. */
export function wakeHint({ runId, heldByWorker }: WokenRun): Hint {
  return heldByWorker
    ? { channel: CHANNELS.runSignal, payload: runId }
    : { channel: CHANNELS.runsReady, payload: '' };
}

interface OpenRun {
  readonly owner: string | null;
  readonly ended: boolean;
  readonly startedAt: Date | null;
  readonly parentRunId: string | null;
  readonly cancelRequested: boolean;
  readonly cancelReason: string | null;
  readonly endsAs: Failure['status'] | null;
  readonly error: RecordedError | null;
}

const FIND = `
SELECT workflow_definition_id AS "workflowDefinitionId", concurrency_key AS key, parent_run_id AS "parentRunId"
FROM workflow_runs WHERE id = $1`;
const LOCK_PARENT = 'SELECT FROM workflow_runs WHERE id = $1 FOR UPDATE';

const LOCK = `
SELECT owner, ended_at IS NOT NULL AS ended, started_at AS "startedAt", parent_run_id AS "parentRunId",
  cancel_requested_at IS NOT NULL AS "cancelRequested", cancel_reason AS "cancelReason", ends_as AS "endsAs", error
FROM workflow_runs WHERE id = $1 FOR UPDATE`;

/** The first wish stays, with its reason, and without one where it had none. */
const REQUEST = `
UPDATE workflow_runs SET cancel_requested_at = $2, cancel_reason = $3 WHERE id = $1 AND cancel_requested_at IS NULL`;

const FIND_REQUESTED = `
SELECT id AS "runId", cancel_reason AS reason FROM workflow_runs
WHERE id = ANY($1) AND cancel_requested_at IS NOT NULL`;

/** Cancels runs from outside of the worker that holds them. */
export const cancelStore = {
  /**
   * Ends a run that nobody holds, and those nested in it, at once; asks the worker that holds it otherwise. Part of the
   * caller's transaction: the rows are locked, so that no worker claims them meanwhile.
   */
  async cancel(sql: SqlExecutor, queue: RunQueue, wish: CancelWish): Promise<Cancellation> {
    const { runId, reason, at } = wish;
    const key = await lockBefore(sql, runId);
    const [run] = await sql.query<OpenRun>(LOCK, [runId]);
    if (run === undefined) return { outcome: 'unknown', ...REACHED_NOBODY };
    if (run.ended) return { outcome: 'ended', ...REACHED_NOBODY };
    if (run.owner !== null) {
      await sql.query(REQUEST, [runId, at, reason]);
      return { outcome: 'requested', reached: [{ runId, ended: null }], woken: [] };
    }
    const end = cancelledEnd(run, reason);
    await endUnclaimed(sql, runId, end, at);
    const admitted = key === null ? [] : await concurrencyStore.release(sql, queue, key);
    await queue.remove([runId], sql);
    const woken = [
      ...admitted.map((id) => ({ runId: id, heldByWorker: false })),
      ...(await familyStore.wake(sql, queue, run.parentRunId === null ? [] : [run.parentRunId])),
    ];
    const durationMs = run.startedAt === null ? null : at.getTime() - run.startedAt.getTime();
    const reached: ReachedRun[] = [{ runId, ended: { status: end.status, durationMs } }];
    for (const nested of await familyStore.findOpenNested(sql, runId, 'all')) {
      const below = await cancelStore.cancel(sql, queue, {
        runId: nested,
        reason: CANCEL_REASONS.parentEnded,
        at,
      });
      reached.push(...below.reached);
      woken.push(...below.woken);
    }
    return { outcome: 'cancelled', reached, woken };
  },

  /** Which of these runs their workers were asked to cancel, and why. */
  async findRequested(sql: SqlExecutor, runIds: readonly string[]): Promise<RequestedCancel[]> {
    return sql.query<RequestedCancel>(FIND_REQUESTED, [runIds]);
  },

  /** Ends a run that was just made and must not begin; in the transaction that made it. */
  async refuse(
    sql: SqlExecutor,
    queue: RunQueue,
    runId: string,
    error: RecordedError,
    now: Date,
  ): Promise<Reach> {
    const [run] = await sql.query<OpenRun>(LOCK, [runId]);
    if (run === undefined || run.ended || run.owner !== null) return REACHED_NOBODY;
    await endUnclaimed(
      sql,
      runId,
      { status: 'failed', error, because: error.message, unbegun: { list: 'steps', status: 'skipped' } },
      now,
    );
    await queue.remove([runId], sql);
    const woken = await familyStore.wake(sql, queue, run.parentRunId === null ? [] : [run.parentRunId]);
    return { reached: [{ runId, ended: { status: 'failed', durationMs: null } }], woken };
  },
};

/** Locks the key of a run and its parent before the run itself, as everybody does who wants several of them. */
async function lockBefore(sql: SqlExecutor, runId: string): Promise<ConcurrencyKey | null> {
  const [run] = await sql.query<{
    workflowDefinitionId: string | null;
    key: string | null;
    parentRunId: string | null;
  }>(FIND, [runId]);
  if (run === undefined) return null;
  const { workflowDefinitionId, key, parentRunId } = run;
  const found = workflowDefinitionId === null || key === null ? null : { workflowDefinitionId, key };
  if (found !== null) await concurrencyStore.lock(sql, [found]);
  if (parentRunId !== null) await sql.query(LOCK_PARENT, [parentRunId]);
  return found;
}

/** One that has failed already, and had only its `on_failure` steps to do, ends as it has failed. */
function cancelledEnd(run: OpenRun, reason: string): UnclaimedEnd {
  const { endsAs, error } = run;
  // Of one that was to be cancelled before its worker let go of it, that wish was the first.
  const cancelled = cancellation(run.cancelRequested ? run.cancelReason : reason);
  const because = cancelled.error.message;
  if (endsAs !== null && error !== null) {
    return { status: endsAs, error, because, unbegun: { list: 'on_failure', status: 'cancelled' } };
  }
  return { ...cancelled, because, unbegun: { list: 'steps', status: 'cancelled' } };
}
