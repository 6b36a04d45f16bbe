import { MAX_LOST_ATTEMPTS } from '../../src/engine/core/retry-policy';
import { STORED_RUNS, type StoredRun, untoldOf } from '../support/replay-events';
import type { Ledger } from './ledger';
import { pagesOfRuns } from './recorded-runs';
import type { Stage } from './stage';
import { writeAudit } from './write-audit';

/**
 * What must hold of all runs in the database, whatever was done: each a query that finds the exceptions.
 */
const INVARIANTS: Readonly<Record<string, string>> = {
  'a run has not ended': `SELECT id, status FROM workflow_runs WHERE ended_at IS NULL`,
  'a run is still held by a worker': `SELECT id FROM workflow_runs WHERE owner IS NOT NULL`,
  'a run is still in the queue': `SELECT id, state FROM pgboss.job WHERE name = 'workflow-runs'`,
  'a transaction was left open': `
    SELECT pid, state, query FROM pg_stat_activity
    WHERE xact_start < now() - interval '10 s' AND datname = current_database() AND backend_type = 'client backend'`,
  'events have gaps': `
    SELECT run_id, count(*), min(seq), max(seq) FROM run_events GROUP BY run_id
    HAVING min(seq) <> 1 OR max(seq) <> count(*)`,
  'a run counts other events than it has': `
    SELECT r.id, r.seq FROM workflow_runs r WHERE r.seq <> (SELECT count(*) FROM run_events e WHERE e.run_id = r.id)`,
  'a run has not one terminal event, its last': `
    SELECT r.id FROM workflow_runs r JOIN run_events e ON e.run_id = r.id
    WHERE (e.data::jsonb ? 'terminal') <> (e.seq = r.seq)`,
  'an attempt was left open': `
    SELECT run_id, step_id, item, attempt, status FROM workflow_steps s
    WHERE status IN ('pending', 'running', 'waiting') OR (status = 'retrying' AND NOT EXISTS (
      SELECT FROM workflow_steps later WHERE later.run_id = s.run_id AND later.step_id = s.step_id
        AND later.item = s.item AND later.attempt > s.attempt))`,
  'a step has two recorded outcomes': `
    SELECT run_id, step_id, item FROM workflow_steps
    WHERE status IN ('succeeded', 'failed', 'skipped', 'cancelled', 'timed_out')
    GROUP BY run_id, step_id, item HAVING count(*) > 1`,
  'an outcome was told twice': `
    SELECT run_id, data->>'step_id' FROM run_events
    WHERE type = 'status_change' AND data->>'step_id' IS NOT NULL
      AND data->>'status' IN ('succeeded', 'failed', 'skipped', 'cancelled', 'timed_out')
    GROUP BY run_id, data->>'step_id', data->>'item' HAVING count(*) > 1`,
  'an attempt was skipped or repeated': `
    SELECT run_id, step_id, item FROM workflow_steps WHERE attempt > 0
    GROUP BY run_id, step_id, item HAVING max(attempt) <> count(*)`,
  'a step lost more attempts than it may': `
    SELECT run_id, step_id, item FROM workflow_steps WHERE error::jsonb->>'code' = 'WORKER_LOST'
    GROUP BY run_id, step_id, item HAVING count(*) > ${MAX_LOST_ATTEMPTS}`,
  'an attempt called two runs': `
    SELECT parent_run_id, parent_step_id, parent_item, parent_attempt FROM workflow_runs WHERE parent_run_id IS NOT NULL
    GROUP BY parent_run_id, parent_step_id, parent_item, parent_attempt HAVING count(*) > 1`,
  ...writeAudit.faults,
};

/** What does not hold, in words; empty when everything does. */
export async function findViolations(stage: Stage, ledger: Ledger): Promise<string[]> {
  const found: string[] = [];
  for (const [name, query] of Object.entries(INVARIANTS)) {
    const rows = await stage.query(query);
    if (rows.length > 0) found.push(`${name}: ${rows.length}, such as ${JSON.stringify(rows[0])}`);
  }
  return [...found, ...(await findUntold(stage)), ...(await findUnaccountedEffects(stage, ledger))];
}

/** Where the state that the events of a run tell, one after the other, is not the state that is stored. */
async function findUntold(stage: Stage): Promise<string[]> {
  const found: string[] = [];
  for await (const ids of pagesOfRuns(stage)) {
    for (const run of await stage.query<StoredRun>(STORED_RUNS, [ids])) found.push(...untoldOf(run));
  }
  return found;
}

interface KeyedUnit {
  /** As the ledger has it. */
  readonly key: string;
  readonly attempts: number;
  /** Which of its attempts succeeded. */
  readonly succeeded: number | null;
  readonly calls: boolean;
}

/** A step calls the ledger by itself where it is pinned to it and has no items. */
const KEYED = `
SELECT s.run_id || ':' || s.step_id || CASE WHEN s.item < 0 THEN '' ELSE ':' || s.item END AS key,
  max(s.attempt) AS attempts, max(s.attempt) FILTER (WHERE s.status = 'succeeded') AS succeeded,
  bool_or(r.pins::jsonb ? s.step_id) AND NOT bool_or(s.item < 0 AND EXISTS (
    SELECT FROM workflow_steps i WHERE i.run_id = s.run_id AND i.step_id = s.step_id AND i.item >= 0)
    OR s.inputs::text = '[]') AS calls
FROM workflow_steps s JOIN workflow_runs r ON r.id = s.run_id GROUP BY s.run_id, s.step_id, s.item`;

/** Every effect is that of one attempt, and an attempt that succeeded has had one. */
async function findUnaccountedEffects(stage: Stage, { accounts }: Ledger): Promise<string[]> {
  const byKey = new Map((await stage.query<KeyedUnit>(KEYED)).map((unit) => [unit.key, unit]));
  const found: string[] = [];
  for (const [key, { fences }] of accounts) {
    const unit = byKey.get(key);
    if (unit === undefined) found.push(`an effect of nothing: ${key}`);
    else if (fences.some((fence) => fence < 1 || fence > unit.attempts)) {
      found.push(
        `effects of attempts that are not recorded: ${key} ${fences.join(', ')} of ${unit.attempts}`,
      );
    }
    if (new Set(fences).size < fences.length)
      found.push(`two effects of an attempt: ${key} ${fences.join(', ')}`);
  }
  for (const { key, succeeded, calls } of byKey.values()) {
    if (succeeded === null || !calls || accounts.get(key)?.fences.includes(succeeded) === true) continue;
    found.push(`a success without its effect: ${key}, attempt ${succeeded}`);
  }
  return found;
}
