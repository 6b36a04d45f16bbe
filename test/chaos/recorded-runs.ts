import type { RecordedRun } from './outcomes';
import type { Stage } from './stage';

/** Runs that are read at a time. */
const PAGE = 500;

/** The ids of all runs, in pages. */
export async function* pagesOfRuns(stage: Stage): AsyncGenerator<readonly string[]> {
  const rows = await stage.query<{ id: string }>('SELECT id FROM workflow_runs ORDER BY id');
  for (let start = 0; start < rows.length; start += PAGE) {
    yield rows.slice(start, start + PAGE).map(({ id }) => id);
  }
}

/** Of a step, its last attempt: that is the one with its outcome. */
const RUNS = `
SELECT r.id, r.status, r.result, r.error, r.parent_run_id IS NOT NULL AS "isNested", r.workflow_definition_id AS "workflowId",
  coalesce((SELECT json_agg(s) FROM (
    SELECT DISTINCT ON (step_id) step_id AS id, status, output, error->>'code' AS "errorCode"
    FROM workflow_steps WHERE run_id = r.id AND item < 0 ORDER BY step_id, attempt DESC) s), '[]') AS steps
FROM workflow_runs r WHERE r.id = ANY($1)`;

/** All runs, those nested in others included. */
export async function* recordedRuns(
  stage: Stage,
): AsyncGenerator<RecordedRun & { readonly workflowId: string }> {
  for await (const ids of pagesOfRuns(stage)) {
    yield* await stage.query<RecordedRun & { readonly workflowId: string }>(RUNS, [ids]);
  }
}
