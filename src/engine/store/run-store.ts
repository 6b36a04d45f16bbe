import type { SqlExecutor } from '../../database/sql-executor';
import type { JsonObject, JsonValue } from '../core/json';
import type { RunQueue } from '../queue/run-queue';
import { NO_ITEM, type RecordedError } from './checkpoint';

/** A run as a worker takes it on. */
export interface ClaimedRun {
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly status: string;
  readonly workflowVersionId: string;
  readonly parameters: JsonObject;
  /** Step id → id of the component's version. */
  readonly pins: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly cancelRequested: boolean;
}

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

/** A new run, as the API hands it in. */
export interface NewRun {
  readonly id: string;
  readonly workflowDefinitionId: string;
  readonly workflowVersionId: string;
  readonly parameters: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly pins: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

const CLAIM = `
UPDATE workflow_runs SET owner = $2, epoch = epoch + 1
WHERE id = ANY($1) AND owner IS NULL AND ended_at IS NULL
RETURNING id, epoch, seq, status, workflow_version_id AS "workflowVersionId", parameters, pins,
  created_at AS "createdAt", started_at AS "startedAt", cancel_requested_at IS NOT NULL AS "cancelRequested"`;

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
    (id, workflow_definition_id, workflow_version_id, status, parameters, labels, pins, seq, created_at, updated_at)
  VALUES ($1, $2, $3, 'pending', $4, $5, $6, 1, $7, $7)
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
    ]);
    await queue.enqueue([run.id], sql);
  },

  /** Claims up to `limit` runs for `worker`, with what is recorded of their steps. Call inside a transaction. */
  async claim(
    sql: SqlExecutor,
    queue: RunQueue,
    worker: string,
    limit: number,
  ): Promise<{ runs: ClaimedRun[]; attempts: Map<string, RecordedAttempt[]> }> {
    const ids = await queue.claim(limit, sql);
    const attempts = new Map<string, RecordedAttempt[]>();
    if (ids.length === 0) return { runs: [], attempts };
    const runs = await sql.query<ClaimedRun>(CLAIM, [ids, worker], 'claim-runs');
    const resumed = runs.filter((run) => run.startedAt !== null).map((run) => run.id);
    if (resumed.length > 0) {
      for (const row of await sql.query<RecordedAttempt>(ATTEMPTS, [resumed], 'claim-attempts')) {
        const list = attempts.get(row.runId);
        if (list === undefined) attempts.set(row.runId, [row]);
        else list.push(row);
      }
    }
    return { runs, attempts };
  },

  /**
   * Ends a run that nobody holds, at once; asks the worker that holds it otherwise. Part of the caller's
   * transaction: the row is locked, so that no worker claims the run meanwhile.
   */
  async cancel(sql: SqlExecutor, queue: RunQueue, runId: string, now: Date): Promise<CancelOutcome> {
    const [run] = await sql.query<{ owner: string | null; ended: boolean; seq: number }>(
      'SELECT owner, ended_at IS NOT NULL AS ended, seq FROM workflow_runs WHERE id = $1 FOR UPDATE',
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
    await cancelUnclaimed(sql, runId, run.seq, now);
    await queue.remove([runId], sql);
    return 'cancelled';
  },
};

/** Only the last attempt of each: those before it also stand as they were left, `retrying`. */
const CANCEL_OPEN_UNITS = `
UPDATE workflow_steps s SET status = 'cancelled', ended_at = $2
WHERE run_id = $1 AND status IN ('running', 'waiting', 'retrying') AND NOT EXISTS (
  SELECT FROM workflow_steps later
  WHERE later.run_id = s.run_id AND later.step_id = s.step_id AND later.item = s.item AND later.attempt > s.attempt)
RETURNING step_id, item, attempt`;

/** Records the end of a run that no worker holds, and of the steps in it that wait. */
async function cancelUnclaimed(sql: SqlExecutor, runId: string, seq: number, now: Date): Promise<void> {
  const units = await sql.query<{ step_id: string; item: number; attempt: number }>(CANCEL_OPEN_UNITS, [
    runId,
    now,
  ]);
  const at = now.toISOString();
  const error = { code: 'CANCELLED', message: 'The run was cancelled' };
  const events = [
    ...units.map(({ step_id, item, attempt }) => ({
      run_id: runId,
      step_id,
      ...(item !== NO_ITEM && { item }),
      status: 'cancelled',
      attempt,
      at,
    })),
    { run_id: runId, status: 'cancelled', error, terminal: true, at },
  ];
  await sql.query(
    `UPDATE workflow_runs SET status = 'cancelled', error = $2, ended_at = $3, updated_at = $3, wake_at = NULL,
       epoch = epoch + 1, seq = seq + $4 WHERE id = $1`,
    [runId, JSON.stringify(error), now, events.length],
  );
  await sql.query(
    `INSERT INTO run_events (run_id, seq, type, data, at)
     SELECT $1, $2 + place, 'status_change', data::json, $3 FROM unnest($4::text[]) WITH ORDINALITY AS e(data, place)`,
    [runId, seq, now, events.map((event) => JSON.stringify(event))],
  );
}
