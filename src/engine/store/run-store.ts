import { currentTraceParent } from '../../common/tracing/tracing';
import type { SqlExecutor } from '../../database/sql-executor';
import { CANCEL_REASONS } from '../core/cancel-reason';
import type { JsonObject, JsonValue } from '../core/json';
import type { NestedEnd } from '../core/nested-run';
import type { Failure } from '../core/run-records';
import type { Signal } from '../core/signal';
import type { RunSubject } from '../run-subject';
import type { RunQueue } from '../queue/run-queue';
import { NO_ITEM, type RecordedError } from './checkpoint';
import { cancelStore, type Reach, REACHED_NOBODY } from './cancel-store';
import { type Admission, concurrencyStore } from './concurrency-store';
import { familyStore } from './family-store';
import { insertRuns } from './insert-runs';
import type { NewRun, PinnedWorkflows } from './new-run';
import { signalStore } from './signal-store';

/** A run as a worker takes it on. */
export interface ClaimedRun extends RunSubject {
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly status: string;
  readonly parameters: JsonObject;
  /** Step id → id of the component's version. */
  readonly pins: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  /** Whether it may have taken over steps of another run. */
  readonly isRerun: boolean;
  /** Once its `on_failure` steps have begun: as what it ends then, and why. */
  readonly endsAs: Failure['status'] | null;
  readonly error: Failure['error'] | null;
  readonly workflowDefinitionId: string | null;
  /** What its place is under; null: it needs none. */
  readonly concurrencyKey: string | null;
  /** The run that waits for its end; null: none. */
  readonly parentRunId: string | null;
  /** Of it and of those nested in it; null: it calls no other workflow. */
  readonly pinnedWorkflows: PinnedWorkflows | null;
  /** The span that it was started in; null: none. */
  readonly traceParent: string | null;
  /** How many signals were sent to it and nested runs of it have ended. */
  readonly newsCount: number;
  /** What was sent to its steps so far. */
  readonly signals: readonly Signal[];
  /** How the nested runs have ended that its steps wait for. */
  readonly nestedEnds: readonly NestedEnd[];
}

/** What a worker has claimed. */
export interface Claim {
  readonly runs: ClaimedRun[];
  /** What is recorded of their steps, by run. */
  readonly attempts: Map<string, RecordedAttempt[]>;
  /** Runs that nobody holds, and that somebody wants cancelled: to be ended as they are, and still in the queue. */
  readonly unwanted: string[];
}

/** A row of {@link CLAIM}: its news are read only where there are any. */
type ClaimedRow = Omit<ClaimedRun, 'signals' | 'nestedEnds'>;

/** An attempt as the tables have it. */
export interface RecordedAttempt {
  readonly runId: string;
  readonly stepId: string;
  readonly item: number;
  readonly attempt: number;
  readonly status: string;
  /** What a step that has not ended began with; null for items, and for what has ended. */
  readonly openInputs: JsonValue;
  readonly output: JsonValue;
  /** Of the output as JSON; 0 where there is none. */
  readonly outputBytes: number;
  readonly error: RecordedError | null;
  readonly wakeAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/**
 * Only for a worker that is registered, and stays so until the commit (KEY SHARE stops the row's removal, not its
 * heartbeats): runs under the name of one that was given up would be nobody's.
 *
 * Rows that somebody else has locked, to cancel the run or to signal it, are passed over: that transaction also wants
 * the run's entry in the queue, which the claim has locked before, and the two would wait for each other.
 *
 * So are those that somebody wants cancelled: to read what such a run holds may be what ended its last worker.
 *
 * `coalesce` keeps the planner off the index of all open runs: through it, a claim would cost what the queue is long.
 */
const CLAIM = `
WITH me AS MATERIALIZED (SELECT id FROM workers WHERE id = $2 FOR KEY SHARE), free AS MATERIALIZED (
  SELECT id FROM workflow_runs WHERE id = ANY($1) AND owner IS NULL AND coalesce(ended_at, 'infinity') = 'infinity'
    AND cancel_requested_at IS NULL
  FOR UPDATE SKIP LOCKED
)
UPDATE workflow_runs r SET owner = me.id, epoch = epoch + 1
FROM me, free WHERE r.id = free.id
RETURNING r.id, epoch, seq, status, workflow_version_id AS "workflowVersionId",
  mcp_definition_id AS "mcpDefinitionId", tool, parameters, pins,
  created_at AS "createdAt", started_at AS "startedAt",
  signals AS "newsCount", ends_as AS "endsAs", error, rerun_of IS NOT NULL AS "isRerun",
  workflow_definition_id AS "workflowDefinitionId", concurrency_key AS "concurrencyKey",
  parent_run_id AS "parentRunId", pinned_workflows AS "pinnedWorkflows", trace_parent AS "traceParent"`;

const RELEASE_STRAYS = `
UPDATE workflow_runs SET owner = NULL, epoch = epoch + 1
WHERE owner = $1 AND id <> ALL($2)
RETURNING id`;

/** Of a step that has ended, its own row is enough: the outputs of its items are in its output. */
const ATTEMPTS = `
SELECT run_id AS "runId", step_id AS "stepId", item, attempt, status, output, error,
  coalesce(octet_length(output::text), 0) AS "outputBytes",
  CASE WHEN item = ${NO_ITEM} AND ended_at IS NULL THEN inputs END AS "openInputs",
  wake_at AS "wakeAt", started_at AS "startedAt", ended_at AS "endedAt"
FROM workflow_steps
WHERE run_id = ANY($1) AND (item = ${NO_ITEM} OR (run_id, step_id) IN (
  SELECT run_id, step_id FROM workflow_steps WHERE run_id = ANY($1) AND item = ${NO_ITEM} AND ended_at IS NULL))
ORDER BY run_id, step_id, item, attempt`;

const ANY_NUMBER: Admission = { isHeld: false, superseded: [] };

/** The runs' rows, for the engine: everything but checkpoints, which {@link CheckpointWriter} writes in groups. */
export const runStore = {
  /**
   * Adds a run, its first event, and its entry in the queue, unless it is held; part of the caller's transaction.
   * @returns the runs that give way to it
   * @throws AppError CONFLICT where its workflow refuses it for its concurrency key
   */
  async create(sql: SqlExecutor, queue: RunQueue, run: NewRun): Promise<Reach> {
    const { concurrency = null, workflowDefinitionId } = run;
    const { isHeld, superseded } =
      concurrency === null || workflowDefinitionId === null
        ? ANY_NUMBER
        : await concurrencyStore.admit(sql, queue, workflowDefinitionId, concurrency);
    const created = await insertRuns(sql, queue, [{ traceParent: currentTraceParent(), ...run, isHeld }]);
    return created.length === 0 ? REACHED_NOBODY : supersede(sql, queue, superseded, run);
  },

  /** Adds runs that need no place under a key, all of them in one statement. */
  async createFree(sql: SqlExecutor, queue: RunQueue, runs: readonly NewRun[]): Promise<void> {
    await insertRuns(
      sql,
      queue,
      runs.map((run) => ({ ...run, isHeld: false })),
    );
  },

  async exists(sql: SqlExecutor, runId: string): Promise<boolean> {
    return (await sql.query('SELECT FROM workflow_runs WHERE id = $1', [runId])).length > 0;
  },

  /**
   * Claims up to `limit` runs for `worker`, with what is recorded of their steps. Call inside a transaction.
   * @throws Error when the worker is not registered (any more); the transaction must be rolled back
   */
  async claim(sql: SqlExecutor, queue: RunQueue, worker: string, limit: number): Promise<Claim> {
    const ids = await queue.claim(limit, sql);
    const attempts = new Map<string, RecordedAttempt[]>();
    if (ids.length === 0) return { runs: [], attempts, unwanted: [] };
    const rows = await sql.query<ClaimedRow>(CLAIM, [ids, worker], 'claim-runs');
    if (rows.length === 0) await assertRegistered(sql, worker);
    const unwanted = rows.length < ids.length ? await settlePassedOver(sql, queue, ids, rows) : [];
    const resumed = rows.filter((run) => run.startedAt !== null || run.isRerun).map((run) => run.id);
    if (resumed.length > 0) {
      for (const row of await sql.query<RecordedAttempt>(ATTEMPTS, [resumed], 'claim-attempts')) {
        const list = attempts.get(row.runId);
        if (list === undefined) attempts.set(row.runId, [row]);
        else list.push(row);
      }
    }
    const told = rows.filter(({ newsCount }) => newsCount > 0);
    const signals = await signalStore.find(
      sql,
      told.map(({ id }) => id),
    );
    const calling = told
      .filter(({ pinnedWorkflows }) => pinnedWorkflows !== null)
      .flatMap(({ id }) => attempts.get(id) ?? [])
      .filter(({ status }) => status === 'waiting');
    const ends = await familyStore.findEnded(sql, calling);
    const runs = rows.map((row) => ({
      ...row,
      signals: signals.get(row.id) ?? [],
      nestedEnds: ends.get(row.id) ?? [],
    }));
    return { runs, attempts, unwanted };
  },

  /**
   * Gives back the runs that stand under `worker` and that it does not drive: those of a claim whose answer was lost
   * after its commit. Call inside a transaction.
   */
  async releaseStrays(
    sql: SqlExecutor,
    queue: RunQueue,
    worker: string,
    driven: readonly string[],
  ): Promise<void> {
    const strays = await sql.query<{ id: string }>(RELEASE_STRAYS, [worker, driven]);
    await queue.release(
      strays.map(({ id }) => id),
      sql,
    );
  },
};

/** Cancels runs whose places another takes. */
async function supersede(
  sql: SqlExecutor,
  queue: RunQueue,
  runIds: readonly string[],
  newer: NewRun,
): Promise<Reach> {
  const reason = CANCEL_REASONS.superseded(newer.id);
  const reach: Reach[] = [];
  for (const runId of runIds) {
    reach.push(await cancelStore.cancel(sql, queue, { runId, reason, at: newer.createdAt }));
  }
  return {
    reached: reach.flatMap(({ reached }) => reached),
    woken: reach.flatMap(({ woken }) => woken),
  };
}

/**
 * Gives back to the queue what the claim passed over because it was locked, and takes out what has ended: who ends a run
 * that nobody holds removes its entry, but misses one that a claim gives back at this moment.
 * @returns those that are free and that somebody wants cancelled
 */
async function settlePassedOver(
  sql: SqlExecutor,
  queue: RunQueue,
  ids: readonly string[],
  claimed: readonly { readonly id: string }[],
): Promise<string[]> {
  const taken = new Set(claimed.map(({ id }) => id));
  const passedOver = ids.filter((id) => !taken.has(id));
  const open = await sql.query<{ id: string; isFree: boolean; isUnwanted: boolean }>(
    `SELECT id, owner IS NULL AS "isFree", cancel_requested_at IS NOT NULL AS "isUnwanted"
     FROM workflow_runs WHERE id = ANY($1) AND ended_at IS NULL`,
    [passedOver],
  );
  const free = open.filter(({ isFree }) => isFree).map(({ id }) => id);
  await queue.release(free, sql);
  const openIds = new Set(open.map(({ id }) => id));
  const over = passedOver.filter((id) => !openIds.has(id));
  await queue.remove(over, sql);
  return open.filter(({ isFree, isUnwanted }) => isFree && isUnwanted).map(({ id }) => id);
}

async function assertRegistered(sql: SqlExecutor, worker: string): Promise<void> {
  const rows = await sql.query('SELECT FROM workers WHERE id = $1', [worker]);
  if (rows.length === 0) throw new Error('This worker was given up by others');
}
