import { binaryArray, type ElementType, type ElementValue } from '../../database/binary-array';
import type { SqlExecutor } from '../../database/sql-executor';
import type { RunQueue } from '../queue/run-queue';
import { statusChange } from '../run-events';
import type { NewRun } from './new-run';

/** A run that has been given a place under its key, or has to wait for one. */
export type AdmittedRun = NewRun & { readonly isHeld: boolean };

/** A new row, column by column: its type, and its value in a run. Documents are texts, made once. */
const COLUMNS: Readonly<Record<string, readonly [ElementType, (run: AdmittedRun) => ElementValue | null]>> = {
  id: ['uuid', (run) => run.id],
  workflow_definition_id: ['uuid', (run) => run.workflowDefinitionId],
  workflow_version_id: ['uuid', (run) => run.workflowVersionId],
  parameters: ['text', (run) => JSON.stringify(run.parameters)],
  labels: ['text', (run) => JSON.stringify(run.labels)],
  pins: ['text', (run) => JSON.stringify(run.pins)],
  created_at: ['timestamptz', (run) => run.createdAt],
  first_event: ['text', (run) => statusChange(run.id, { status: 'pending' }, run.createdAt).data],
  rerun_of: ['uuid', (run) => run.rerunOf ?? null],
  mcp_definition_id: ['uuid', (run) => run.calledComponent?.mcpDefinitionId ?? null],
  mcp_version_id: ['uuid', (run) => run.calledComponent?.mcpVersionId ?? null],
  tool: ['text', (run) => run.calledComponent?.tool ?? null],
  pinned_workflows: [
    'text',
    ({ pinnedWorkflows }) => (pinnedWorkflows ? JSON.stringify(pinnedWorkflows) : null),
  ],
  parent_run_id: ['uuid', (run) => run.parent?.runId ?? null],
  parent_step_id: ['text', (run) => run.parent?.stepId ?? null],
  parent_item: ['int4', (run) => run.parent?.item ?? null],
  parent_attempt: ['int4', (run) => run.parent?.attempt ?? null],
  concurrency_key: ['text', (run) => run.concurrency?.key ?? null],
  is_held: ['bool', (run) => run.isHeld],
  trace_parent: ['text', (run) => run.traceParent ?? null],
};

const NAMES = Object.keys(COLUMNS);
const ARRAYS = Object.values(COLUMNS).map(([type], index) => `$${index + 1}::${type}[]`);

/**
 * The statement up to what the queue adds to it. Written again, where the answer to its commit was lost, a run is there
 * already and stays.
 */
const INSERT = `
WITH new AS (
  SELECT * FROM unnest(${ARRAYS.join(', ')}) AS n(${NAMES.join(', ')})
), run AS (
  INSERT INTO workflow_runs
    (id, workflow_definition_id, workflow_version_id, status, parameters, labels, pins, rerun_of, mcp_definition_id,
     mcp_version_id, tool, seq, created_at, updated_at, pinned_workflows, parent_run_id, parent_step_id, parent_item,
     parent_attempt, concurrency_key, is_held, trace_parent)
  SELECT id, workflow_definition_id, workflow_version_id, 'pending', parameters::json, labels::jsonb, pins::json,
    rerun_of, mcp_definition_id, mcp_version_id, tool, 1, created_at, created_at, pinned_workflows::json,
    parent_run_id, parent_step_id, parent_item, parent_attempt, concurrency_key, is_held, trace_parent
  FROM new
  ON CONFLICT DO NOTHING
  RETURNING id, is_held
), told AS (
  INSERT INTO run_events (run_id, seq, type, data, at)
  SELECT id, 1, 'status_change', first_event::json, created_at FROM new JOIN run USING (id)
), ready AS (
  SELECT id FROM run WHERE NOT is_held
), queued AS (`;

const GIVE_NEW = `
)
SELECT id FROM run`;

/**
 * Adds runs with their first events, and puts those that need not wait for a place into the queue.
 * @returns those that were not there yet
 */
export function insertRuns(
  sql: SqlExecutor,
  queue: RunQueue,
  runs: readonly AdmittedRun[],
): Promise<{ readonly id: string }[]> {
  const values = Object.values(COLUMNS).map(([type, value]) => binaryArray(type, runs.map(value)));
  return sql.query(INSERT + queue.enqueueReadySql + GIVE_NEW, values, 'insert-runs');
}
