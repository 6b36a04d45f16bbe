import type { SqlExecutor } from '../../database/sql-executor';
import type { JsonObject, JsonValue } from '../core/json';
import type { Failure } from '../core/run-state';
import type { Signal } from '../core/signal';
import type { RunSubject } from '../run-subject';
import type { RunQueue } from '../queue/run-queue';
import { NO_ITEM, type RecordedError } from './checkpoint';
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
  readonly cancelRequested: boolean;
  /** Whether it may have taken over steps of another run. */
  readonly isRerun: boolean;
  /** Once its `on_failure` steps have begun: as what it ends then, and why. */
  readonly endsAs: Failure['status'] | null;
  readonly error: Failure['error'] | null;
  /** What was sent to its steps so far. */
  readonly signals: readonly Signal[];
}

/** A row of {@link CLAIM}: its signals are read only where there are any. */
type ClaimedRow = Omit<ClaimedRun, 'signals'> & { readonly signals: number };

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
  readonly error: RecordedError | null;
  readonly wakeAt: Date | null;
  readonly startedAt: Date | null;
}

/** What a run calls that follows no workflow; its parameters are the inputs. */
export interface CalledComponent {
  readonly mcpDefinitionId: string;
  readonly mcpVersionId: string;
  /** Of an `mcp_server`. */
  readonly tool: string | null;
}

/** A new run, as the API hands it in. */
export interface NewRun {
  readonly id: string;
  readonly workflowDefinitionId: string | null;
  readonly workflowVersionId: string | null;
  /** Of a run that calls one component, and follows no workflow. */
  readonly calledComponent?: CalledComponent;
  readonly parameters: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly pins: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  /** The run that it repeats. */
  readonly rerunOf?: string;
}

/**
 * Only for a worker that is registered, and stays so until the commit (KEY SHARE stops the row's removal, not its
 * heartbeats): runs under the name of one that was given up would be nobody's.
 *
 * Rows that somebody else has locked, to cancel the run or to signal it, are passed over: that transaction also wants
 * the run's entry in the queue, which the claim has locked before, and the two would wait for each other.
 */
const CLAIM = `
WITH me AS MATERIALIZED (SELECT id FROM workers WHERE id = $2 FOR KEY SHARE), free AS MATERIALIZED (
  SELECT id FROM workflow_runs WHERE id = ANY($1) AND owner IS NULL AND ended_at IS NULL FOR UPDATE SKIP LOCKED
)
UPDATE workflow_runs r SET owner = me.id, epoch = epoch + 1
FROM me, free WHERE r.id = free.id
RETURNING r.id, epoch, seq, status, workflow_version_id AS "workflowVersionId",
  mcp_definition_id AS "mcpDefinitionId", tool, parameters, pins,
  created_at AS "createdAt", started_at AS "startedAt", cancel_requested_at IS NOT NULL AS "cancelRequested", signals,
  ends_as AS "endsAs", error, rerun_of IS NOT NULL AS "isRerun"`;

const RELEASE_STRAYS = `
UPDATE workflow_runs SET owner = NULL, epoch = epoch + 1
WHERE owner = $1 AND id <> ALL($2)
RETURNING id`;

/** Of a step that has ended, its own row is enough: the outputs of its items are in its output. */
const ATTEMPTS = `
SELECT run_id AS "runId", step_id AS "stepId", item, attempt, status, output, error,
  CASE WHEN item = ${NO_ITEM} AND ended_at IS NULL THEN inputs END AS "openInputs",
  wake_at AS "wakeAt", started_at AS "startedAt"
FROM workflow_steps
WHERE run_id = ANY($1) AND (item = ${NO_ITEM} OR (run_id, step_id) IN (
  SELECT run_id, step_id FROM workflow_steps WHERE run_id = ANY($1) AND item = ${NO_ITEM} AND ended_at IS NULL))
ORDER BY run_id, step_id, item, attempt`;

const CREATE = `
WITH run AS (
  INSERT INTO workflow_runs
    (id, workflow_definition_id, workflow_version_id, status, parameters, labels, pins, rerun_of,
     mcp_definition_id, mcp_version_id, tool, seq, created_at, updated_at)
  VALUES ($1, $2, $3, 'pending', $4, $5, $6, $9, $10, $11, $12, 1, $7, $7)
)
INSERT INTO run_events (run_id, seq, type, data, at) VALUES ($1, 1, 'status_change', $8, $7)`;

/** What became of a wish to cancel. */
export type CancelOutcome = 'cancelled' | 'requested' | 'ended' | 'unknown';

/** The runs' rows, for the engine: everything but checkpoints, which {@link CheckpointWriter} writes in groups. */
export const runStore = {
  /** Adds a run, its first event, and its entry in the queue; part of the caller's transaction. */
  async create(sql: SqlExecutor, queue: RunQueue, run: NewRun): Promise<void> {
    await sql.query(CREATE, [
      run.id,
      run.workflowDefinitionId,
      run.workflowVersionId,
      JSON.stringify(run.parameters),
      JSON.stringify(run.labels),
      JSON.stringify(run.pins),
      run.createdAt,
      JSON.stringify({ run_id: run.id, status: 'pending', at: run.createdAt.toISOString() }),
      run.rerunOf ?? null,
      run.calledComponent?.mcpDefinitionId ?? null,
      run.calledComponent?.mcpVersionId ?? null,
      run.calledComponent?.tool ?? null,
    ]);
    await queue.enqueue([run.id], sql);
  },

  /**
   * Claims up to `limit` runs for `worker`, with what is recorded of their steps. Call inside a transaction.
   * @throws Error when the worker is not registered (any more); the transaction must be rolled back
   */
  async claim(
    sql: SqlExecutor,
    queue: RunQueue,
    worker: string,
    limit: number,
  ): Promise<{ runs: ClaimedRun[]; attempts: Map<string, RecordedAttempt[]> }> {
    const ids = await queue.claim(limit, sql);
    const attempts = new Map<string, RecordedAttempt[]>();
    if (ids.length === 0) return { runs: [], attempts };
    const rows = await sql.query<ClaimedRow>(CLAIM, [ids, worker], 'claim-runs');
    if (rows.length === 0) await assertRegistered(sql, worker);
    if (rows.length < ids.length) await releaseLocked(sql, queue, ids, rows);
    const resumed = rows.filter((run) => run.startedAt !== null || run.isRerun).map((run) => run.id);
    if (resumed.length > 0) {
      for (const row of await sql.query<RecordedAttempt>(ATTEMPTS, [resumed], 'claim-attempts')) {
        const list = attempts.get(row.runId);
        if (list === undefined) attempts.set(row.runId, [row]);
        else list.push(row);
      }
    }
    const signalled = rows.filter((run) => run.signals > 0).map((run) => run.id);
    const signals =
      signalled.length === 0 ? new Map<string, Signal[]>() : await signalStore.find(sql, signalled);
    const runs = rows.map((row) => ({ ...row, signals: signals.get(row.id) ?? [] }));
    return { runs, attempts };
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

  /**
   * Ends a run that nobody holds, at once; asks the worker that holds it otherwise. Part of the caller's
   * transaction: the row is locked, so that no worker claims the run meanwhile.
   */
  async cancel(sql: SqlExecutor, queue: RunQueue, runId: string, now: Date): Promise<CancelOutcome> {
    const [run] = await sql.query<UnclaimedRun & { owner: string | null; ended: boolean }>(
      'SELECT owner, ended_at IS NOT NULL AS ended, seq, ends_as, error FROM workflow_runs WHERE id = $1 FOR UPDATE',
      [runId],
    );
    if (run === undefined) return 'unknown';
    if (run.ended) return 'ended';
    if (run.owner !== null) {
      await sql.query(
        'UPDATE workflow_runs SET cancel_requested_at = coalesce(cancel_requested_at, $2) WHERE id = $1',
        [runId, now],
      );
      return 'requested';
    }
    await cancelUnclaimed(sql, runId, run, now);
    await queue.remove([runId], sql);
    return 'cancelled';
  },
};

/** Gives back to the queue what the claim passed over because it was locked. */
async function releaseLocked(
  sql: SqlExecutor,
  queue: RunQueue,
  ids: readonly string[],
  claimed: readonly { readonly id: string }[],
): Promise<void> {
  const taken = new Set(claimed.map(({ id }) => id));
  const free = await sql.query<{ id: string }>(
    'SELECT id FROM workflow_runs WHERE id = ANY($1) AND owner IS NULL AND ended_at IS NULL',
    [ids.filter((id) => !taken.has(id))],
  );
  await queue.release(
    free.map(({ id }) => id),
    sql,
  );
}

/** Only the last attempt of each: those before it also stand as they were left, `retrying`. */
const CANCEL_OPEN_UNITS = `
UPDATE workflow_steps s SET status = 'cancelled', ended_at = $2
WHERE run_id = $1 AND status IN ('running', 'waiting', 'retrying') AND NOT EXISTS (
  SELECT FROM workflow_steps later
  WHERE later.run_id = s.run_id AND later.step_id = s.step_id AND later.item = s.item AND later.attempt > s.attempt)
RETURNING step_id, item, attempt`;

async function assertRegistered(sql: SqlExecutor, worker: string): Promise<void> {
  const rows = await sql.query('SELECT FROM workers WHERE id = $1', [worker]);
  if (rows.length === 0) throw new Error('This worker was given up by others');
}

interface UnclaimedRun {
  readonly seq: number;
  readonly ends_as: string | null;
  readonly error: RecordedError | null;
}

/**
 * Records the end of a run that no worker holds, and of the steps in it that wait. One that has failed already, and
 * had only its `on_failure` steps to do, ends as it has failed.
 */
async function cancelUnclaimed(
  sql: SqlExecutor,
  runId: string,
  { seq, ends_as, error: failure }: UnclaimedRun,
  now: Date,
): Promise<void> {
  const units = await sql.query<{ step_id: string; item: number; attempt: number }>(CANCEL_OPEN_UNITS, [
    runId,
    now,
  ]);
  const at = now.toISOString();
  const status = ends_as ?? 'cancelled';
  const error = (ends_as === null ? null : failure) ?? {
    code: 'CANCELLED',
    message: 'The run was cancelled',
  };
  const events = [
    ...units.map(({ step_id, item, attempt }) => ({
      run_id: runId,
      step_id,
      ...(item !== NO_ITEM && { item }),
      status: 'cancelled',
      attempt,
      at,
    })),
    { run_id: runId, status, error, terminal: true, at },
  ];
  await sql.query(
    `UPDATE workflow_runs SET status = $5, error = $2, ended_at = $3, updated_at = $3, wake_at = NULL,
       epoch = epoch + 1, seq = seq + $4 WHERE id = $1`,
    [runId, JSON.stringify(error), now, events.length, status],
  );
  await sql.query(
    `INSERT INTO run_events (run_id, seq, type, data, at)
     SELECT $1, $2 + place, 'status_change', data::json, $3 FROM unnest($4::text[]) WITH ORDINALITY AS e(data, place)`,
    [runId, seq, now, events.map((event) => JSON.stringify(event))],
  );
}
