import type { SqlExecutor } from '../../database/sql-executor';
import { isTerminalStepStatus, type StepStatus } from '../core/states';
import type { JsonValue } from '../core/json';
import type { Signal } from '../core/signal';
import type { RunQueue } from '../queue/run-queue';
import { NO_ITEM } from './checkpoint';

/** A signal on its way to a step. */
export interface NewSignal {
  readonly runId: string;
  readonly name: string;
  readonly payload: JsonValue;
  /** Id of the API key. */
  readonly sentBy: string;
  readonly sentAt: Date;
  /** The step that holds for it. */
  readonly stepId: string;
}

/**
 * What became of a signal. `repeated`: the same was sent before, under the same key; `taken`: something else was.
 * `too-late`: its step has ended without it.
 */
export type SignalOutcome =
  | { readonly kind: 'recorded'; readonly heldByWorker: boolean }
  | { readonly kind: 'repeated'; readonly sentAt: Date }
  | { readonly kind: 'taken' | 'too-late' | 'ended' | 'unknown' };

const FIND = `
SELECT run_id AS "runId", name, payload, sent_at AS "sentAt", sent_by AS "sentBy"
FROM run_signals WHERE run_id = ANY($1)`;

/** The signals of runs. */
export const signalStore = {
  /** How many signals were sent to runs, and nested runs of them have ended; by run. */
  async count(sql: SqlExecutor, runIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await sql.query<{ id: string; signals: number }>(
      'SELECT id, signals FROM workflow_runs WHERE id = ANY($1)',
      [runIds],
    );
    return new Map(rows.map(({ id, signals }) => [id, signals]));
  },

  /** The signals of some runs, by run. */
  async find(sql: SqlExecutor, runIds: readonly string[]): Promise<Map<string, Signal[]>> {
    if (runIds.length === 0) return new Map();
    const rows = await sql.query<Omit<Signal, 'sentAt'> & { runId: string; sentAt: Date }>(FIND, [runIds]);
    const byRun = Map.groupBy(rows, ({ runId }) => runId);
    return new Map(
      [...byRun].map(([runId, signals]) => [
        runId,
        signals.map(({ name, payload, sentAt, sentBy }) => ({
          name,
          payload,
          sentAt: sentAt.toISOString(),
          sentBy,
        })),
      ]),
    );
  },

  /**
   * Records a signal and enqueues its run where no worker holds it; part of the caller's transaction, which locks the
   * run's row. A worker that is letting go of the run at this moment sees by the count that it must not wait.
   */
  async send(sql: SqlExecutor, queue: RunQueue, signal: NewSignal): Promise<SignalOutcome> {
    const [run] = await sql.query<{ owner: string | null; ended: boolean; held: boolean }>(
      'SELECT owner, is_held AS held, ended_at IS NOT NULL AS ended FROM workflow_runs WHERE id = $1 FOR UPDATE',
      [signal.runId],
    );
    if (run === undefined) return { kind: 'unknown' };
    const earlier = await findEarlier(sql, signal);
    if (earlier !== null) return earlier;
    if (run.ended) return { kind: 'ended' };
    if (await hasEnded(sql, signal)) return { kind: 'too-late' };
    await sql.query(
      'INSERT INTO run_signals (run_id, name, payload, sent_by, sent_at) VALUES ($1, $2, $3, $4, $5)',
      [signal.runId, signal.name, JSON.stringify(signal.payload), signal.sentBy, signal.sentAt],
    );
    await sql.query('UPDATE workflow_runs SET signals = signals + 1 WHERE id = $1', [signal.runId]);
    // One that is held has no entry until it is admitted.
    if (run.owner === null && !run.held) {
      // Whatever entry it has may be for a later time.
      await queue.remove([signal.runId], sql);
      await queue.enqueue([signal.runId], sql);
    }
    return { kind: 'recorded', heldByWorker: run.owner !== null };
  },
};

async function findEarlier(sql: SqlExecutor, signal: NewSignal): Promise<SignalOutcome | null> {
  const [earlier] = await sql.query<{ same: boolean; sentAt: Date }>(
    `SELECT payload::text = $3 AND sent_by = $4 AS same, sent_at AS "sentAt"
     FROM run_signals WHERE run_id = $1 AND name = $2`,
    [signal.runId, signal.name, JSON.stringify(signal.payload), signal.sentBy],
  );
  if (earlier === undefined) return null;
  return earlier.same ? { kind: 'repeated', sentAt: earlier.sentAt } : { kind: 'taken' };
}

async function hasEnded(sql: SqlExecutor, { runId, stepId }: NewSignal): Promise<boolean> {
  const [last] = await sql.query<{ status: StepStatus }>(
    `SELECT status FROM workflow_steps WHERE run_id = $1 AND step_id = $2 AND item = ${NO_ITEM}
     ORDER BY attempt DESC LIMIT 1`,
    [runId, stepId],
  );
  return last !== undefined && isTerminalStepStatus(last.status);
}
