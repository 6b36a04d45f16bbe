import { MAX_LOST_ATTEMPTS } from '../../src/engine/core/retry-policy';
import type { Stage } from './stage';

/** Runs that ended otherwise than their workflows say, because a step of theirs lost its workers too often. */
export interface CrashLoops {
  /** Those that the step is in. */
  readonly ended: ReadonlySet<string>;
  /** Those that called them, directly or through others. */
  readonly above: ReadonlySet<string>;
}

/** A step that lost fewer attempts is not taken for the cause, and one cannot lose more. */
const CRASH_LOOPS = `
WITH RECURSIVE ended AS (
  SELECT DISTINCT run_id AS id FROM workflow_steps WHERE error::jsonb->>'code' = 'WORKER_LOST'
  GROUP BY run_id, step_id, item HAVING bool_or(status = 'failed') AND count(*) = $1
), above AS (
  SELECT r.parent_run_id AS id FROM workflow_runs r JOIN ended USING (id) WHERE r.parent_run_id IS NOT NULL
  UNION SELECT r.parent_run_id FROM workflow_runs r JOIN above USING (id) WHERE r.parent_run_id IS NOT NULL
)
SELECT id, true AS "isEnded" FROM ended
UNION ALL SELECT id, false FROM above WHERE id NOT IN (SELECT id FROM ended)`;

/** Finds the runs that the guard against crash loops ended, by what is recorded of their attempts. */
export async function findCrashLoops(stage: Stage): Promise<CrashLoops> {
  const rows = await stage.query<{ id: string; isEnded: boolean }>(CRASH_LOOPS, [MAX_LOST_ATTEMPTS]);
  const idsOf = (isEnded: boolean): Set<string> =>
    new Set(rows.filter((row) => row.isEnded === isEnded).map(({ id }) => id));
  return { ended: idsOf(true), above: idsOf(false) };
}
