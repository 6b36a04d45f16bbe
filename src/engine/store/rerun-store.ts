import type { SqlExecutor } from '../../database/sql-executor';
import { type ConcurrencyPlace, concurrencyPlace } from '../core/concurrency';
import { keptSteps } from '../core/kept-steps';
import type { JsonObject } from '../core/json';
import type { StepStatus } from '../core/states';
import type { WorkflowPlan } from '../core/workflow-plan';
import type { RunSubject } from '../run-subject';
import type { RunQueue } from '../queue/run-queue';
import { statusChange } from '../run-events';
import { NO_ITEM, type RecordedError } from './checkpoint';
import type { Reach } from './cancel-store';
import type { PinnedWorkflows } from './new-run';
import { runStore } from './run-store';

/** A wish to repeat an ended run. */
export interface Rerun {
  /** Of the new run. */
  readonly id: string;
  readonly createdAt: Date;
  readonly rerunOf: string;
  readonly plan: WorkflowPlan;
  /** null: all of it is done again. */
  readonly fromStep: string | null;
}

/** What became of a wish to repeat a run. */
export type RerunOutcome =
  | {
      readonly kind: 'created';
      /** The runs that give way to the new one. */
      readonly gaveWay: Reach;
    }
  | { readonly kind: 'not-ended' }
  | { readonly kind: 'unknown' };

interface SourceRun extends RunSubject {
  readonly workflowDefinitionId: string | null;
  readonly mcpVersionId: string | null;
  readonly parameters: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly pins: Readonly<Record<string, string>>;
  readonly pinnedWorkflows: PinnedWorkflows | null;
  readonly ended: boolean;
}

interface EndedStep {
  readonly stepId: string;
  readonly status: StepStatus;
  readonly error: RecordedError | null;
}

/** FOR SHARE: the run is not removed meanwhile. */
const SOURCE = `
SELECT workflow_definition_id AS "workflowDefinitionId", workflow_version_id AS "workflowVersionId",
  mcp_definition_id AS "mcpDefinitionId", mcp_version_id AS "mcpVersionId", tool, parameters, labels, pins,
  pinned_workflows AS "pinnedWorkflows", ended_at IS NOT NULL AS ended
FROM workflow_runs WHERE id = $1 FOR SHARE`;

const LAST_ATTEMPTS = `
SELECT DISTINCT ON (step_id) step_id AS "stepId", status, error FROM workflow_steps
WHERE run_id = $1 AND item = ${NO_ITEM} ORDER BY step_id, attempt DESC`;

/** As attempt 0: it was not made in this run. */
const KEEP = `
INSERT INTO workflow_steps (run_id, step_id, item, attempt, status, inputs, output, error, ended_at)
SELECT DISTINCT ON (step_id) $1::uuid, step_id, item, 0, status, inputs, output, error, $3
FROM workflow_steps WHERE run_id = $2 AND item = ${NO_ITEM} AND step_id = ANY($4)
ORDER BY step_id, attempt DESC`;

const TELL = `
WITH told AS (UPDATE workflow_runs SET seq = seq + $2 WHERE id = $1 RETURNING seq - $2 AS base)
INSERT INTO run_events (run_id, seq, type, data, at)
SELECT $1, base + place, 'status_change', data::json, $3
FROM told, unnest($4::text[]) WITH ORDINALITY AS e(data, place)`;

/** Makes runs that repeat others. */
export const rerunStore = {
  /** Adds a run with the version, pins, parameters and labels of another, and the steps that it takes over. */
  async create(sql: SqlExecutor, queue: RunQueue, rerun: Rerun): Promise<RerunOutcome> {
    const [source] = await sql.query<SourceRun>(SOURCE, [rerun.rerunOf]);
    if (source === undefined) return { kind: 'unknown' };
    const { ended, mcpDefinitionId, mcpVersionId, tool, ...same } = source;
    if (!ended) return { kind: 'not-ended' };
    const callsComponent = mcpDefinitionId !== null && mcpVersionId !== null;
    const gaveWay = await runStore.create(sql, queue, {
      ...same,
      concurrency: placeOf(rerun.plan, same.parameters),
      ...(callsComponent && { calledComponent: { mcpDefinitionId, mcpVersionId, tool } }),
      id: rerun.id,
      rerunOf: rerun.rerunOf,
      createdAt: rerun.createdAt,
    });
    if (rerun.fromStep !== null) await keepSteps(sql, rerun, rerun.fromStep);
    return { kind: 'created', gaveWay };
  },
};

/** The parameters were good for the plan once, and what does not change is good again. */
function placeOf(plan: WorkflowPlan, parameters: JsonObject): ConcurrencyPlace | null {
  const place = concurrencyPlace(plan.concurrency, parameters);
  return place.ok ? place.value : null;
}

async function keepSteps(sql: SqlExecutor, rerun: Rerun, fromStep: string): Promise<void> {
  const { id, rerunOf, createdAt, plan } = rerun;
  const steps = await sql.query<EndedStep>(LAST_ATTEMPTS, [rerunOf]);
  const byId = new Map(steps.map((step) => [step.stepId, step]));
  const statuses = new Map(steps.map(({ stepId, status }) => [stepId, status]));
  const kept = keptSteps(plan, fromStep, statuses);
  if (kept.length === 0) return;
  await sql.query(KEEP, [id, rerunOf, createdAt, kept]);
  const events = kept.map((stepId) => {
    const { status = 'succeeded', error = null } = byId.get(stepId) ?? {};
    const change = { stepId, status, attempt: 0, ...(error !== null && { error }) };
    return statusChange(id, change, createdAt).data;
  });
  await sql.query(TELL, [id, events.length, createdAt, events]);
}
