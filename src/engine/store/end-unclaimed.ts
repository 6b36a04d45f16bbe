import type { SqlExecutor } from '../../database/sql-executor';
import { runEndsReason } from '../core/cancel-unit';
import { COMPONENT_STEP_ID } from '../core/plan-component-call';
import type { TerminalRunStatus } from '../core/states';
import type { StepError } from '../core/unit';
import type { WorkflowSpec } from '../core/workflow-spec';
import { type StatusChange, statusChange } from '../run-events';
import { NO_ITEM, type RecordedError } from './checkpoint';

/** How a run ends that no worker holds. */
export interface UnclaimedEnd {
  readonly status: TerminalRunStatus;
  readonly error: RecordedError;
  /** Why that which waits in it is cancelled: of one that has failed already, not its own error. */
  readonly because: string;
  /** Which of its steps may not have begun, and as what they end then. */
  readonly unbegun: {
    readonly list: 'steps' | 'on_failure';
    readonly status: 'cancelled' | 'skipped';
  };
}

/** Only the last attempt of each: those before it also stand as they were left, `retrying`. */
const CANCEL_OPEN_UNITS = `
UPDATE workflow_steps s SET status = 'cancelled', error = $3, wake_at = NULL, ended_at = $2
WHERE run_id = $1 AND status IN ('running', 'waiting', 'retrying') AND NOT EXISTS (
  SELECT FROM workflow_steps later
  WHERE later.run_id = s.run_id AND later.step_id = s.step_id AND later.item = s.item AND later.attempt > s.attempt)
RETURNING step_id AS "stepId", item, attempt`;

/** As attempt 0: none was made. */
const END_UNBEGUN = `
INSERT INTO workflow_steps (run_id, step_id, item, attempt, status, error, ended_at)
SELECT $1, step_id, ${NO_ITEM}, 0, $3, $4, $5
FROM unnest($2::text[]) WITH ORDINALITY AS named (step_id, place)
WHERE NOT EXISTS (SELECT FROM workflow_steps s WHERE s.run_id = $1 AND s.step_id = named.step_id)
ORDER BY place
RETURNING step_id AS "stepId"`;

const SPEC = `
SELECT v.spec FROM workflow_runs r JOIN workflow_versions v ON v.id = r.workflow_version_id WHERE r.id = $1`;

const END_RUN = `
WITH ended AS (
  UPDATE workflow_runs SET status = $2, error = $3, ended_at = $4, updated_at = $4, wake_at = NULL,
    epoch = epoch + 1, seq = seq + cardinality($5::text[]) WHERE id = $1
  RETURNING seq - cardinality($5::text[]) AS base)
INSERT INTO run_events (run_id, seq, type, data, at)
SELECT $1, base + place, 'status_change', data::json, $4
FROM ended, unnest($5::text[]) WITH ORDINALITY AS e(data, place)`;

/**
 * Records the end of a run that no worker holds, with its steps, as a worker would that held it: what waits is
 * cancelled, and what has not begun never does. In the caller's transaction, which has locked the run.
 */
export async function endUnclaimed(
  sql: SqlExecutor,
  runId: string,
  { status, error, because, unbegun }: UnclaimedEnd,
  now: Date,
): Promise<void> {
  const cancelled: StepError = { code: 'CANCELLED', message: runEndsReason(because) };
  const isSkipped = unbegun.status === 'skipped';
  const open = await sql.query<{ stepId: string; item: number; attempt: number }>(CANCEL_OPEN_UNITS, [
    runId,
    now,
    JSON.stringify(cancelled),
  ]);
  const ids = await writtenIds(sql, runId, unbegun.list);
  const never = await sql.query<{ stepId: string }>(END_UNBEGUN, [
    runId,
    ids,
    unbegun.status,
    isSkipped ? null : JSON.stringify(cancelled),
    now,
  ]);
  const changes: StatusChange[] = [
    ...open.map(({ stepId, item, attempt }) => ({
      stepId,
      ...(item !== NO_ITEM && { item }),
      status: 'cancelled',
      attempt,
      error: cancelled,
    })),
    ...never.map(({ stepId }) =>
      isSkipped
        ? { stepId, status: 'skipped', reason: 'the run has failed' }
        : { stepId, status: 'cancelled', attempt: 0, error: cancelled },
    ),
    { status, error, terminal: true },
  ];
  const events = changes.map((change) => statusChange(runId, change, now).data);
  await sql.query(END_RUN, [runId, status, JSON.stringify(error), now, events]);
}

/** The ids of its steps, as they are written. */
async function writtenIds(sql: SqlExecutor, runId: string, list: 'steps' | 'on_failure'): Promise<string[]> {
  const [row] = await sql.query<{ spec: WorkflowSpec }>(SPEC, [runId]);
  if (row === undefined) return list === 'steps' ? [COMPONENT_STEP_ID] : [];
  return (row.spec[list] ?? []).map(({ id }) => id);
}
