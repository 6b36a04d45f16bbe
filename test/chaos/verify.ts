import type { Ledger } from './ledger';
import type { Stage } from './stage';

/**
 * What must hold of all runs in the database, whatever was done: each a query that finds the exceptions.
 */
const INVARIANTS: Readonly<Record<string, string>> = {
  'a run has not ended': `SELECT id, status FROM workflow_runs WHERE ended_at IS NULL`,
  'a run is still held by a worker': `SELECT id FROM workflow_runs WHERE owner IS NOT NULL`,
  'a run is still in the queue': `SELECT id, state FROM pgboss.job WHERE name = 'workflow-runs'`,
  'events have gaps': `
    SELECT run_id, count(*), min(seq), max(seq) FROM run_events GROUP BY run_id
    HAVING min(seq) <> 1 OR max(seq) <> count(*)`,
  'a run counts other events than it has': `
    SELECT r.id, r.seq FROM workflow_runs r WHERE r.seq <> (SELECT count(*) FROM run_events e WHERE e.run_id = r.id)`,
  'a run has not one terminal event, its last': `
    SELECT r.id FROM workflow_runs r JOIN run_events e ON e.run_id = r.id
    WHERE e.type = 'status_change' AND (e.data::jsonb ? 'terminal') <> (e.seq = r.seq)`,
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
  'what the events tell last is not what is recorded': `
    SELECT s.run_id, s.step_id, s.item, s.attempt, s.status, e.data->>'status' AS told
    FROM workflow_steps s JOIN LATERAL (
      SELECT data FROM run_events WHERE run_id = s.run_id AND type = 'status_change' AND data->>'step_id' = s.step_id
        AND coalesce((data->>'item')::int, -1) = s.item AND coalesce((data->>'attempt')::int, 0) = s.attempt
      ORDER BY seq DESC LIMIT 1) e ON true
    WHERE e.data->>'status' <> s.status`,
  'an attempt was skipped or repeated': `
    SELECT run_id, step_id, item FROM workflow_steps WHERE attempt > 0
    GROUP BY run_id, step_id, item HAVING max(attempt) <> count(*)`,
};

/** What does not hold, in words; empty when everything does. */
export async function findViolations(stage: Stage, ledger: Ledger): Promise<string[]> {
  const found: string[] = [];
  for (const [name, query] of Object.entries(INVARIANTS)) {
    const rows = await stage.query(query);
    if (rows.length > 0) found.push(`${name}: ${rows.length}, such as ${JSON.stringify(rows[0])}`);
  }
  return [...found, ...(await findUnaccountedEffects(stage, ledger))];
}

/** No key has had more effects than its step has attempts, and none that succeeded has had none. */
async function findUnaccountedEffects(stage: Stage, ledger: Ledger): Promise<string[]> {
  const rows = await stage.query<{ key: string; attempts: number; succeeded: boolean; calls: boolean }>(
    `SELECT s.run_id || ':' || s.step_id || CASE WHEN s.item < 0 THEN '' ELSE ':' || s.item END AS key,
       max(s.attempt) AS attempts, bool_or(s.status = 'succeeded') AS succeeded,
       bool_or(r.pins::jsonb ? s.step_id) AND NOT bool_or(s.item < 0 AND EXISTS (
         SELECT FROM workflow_steps i WHERE i.run_id = s.run_id AND i.step_id = s.step_id AND i.item >= 0)
         OR s.inputs::text = '[]') AS calls
     FROM workflow_steps s JOIN workflow_runs r ON r.id = s.run_id GROUP BY s.run_id, s.step_id, s.item`,
  );
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const unknown = [...ledger.effects.keys()].filter((key) => !byKey.has(key));
  const tooMany = [...ledger.effects].filter(([key, effects]) => effects > (byKey.get(key)?.attempts ?? 0));
  const missing = rows.filter(({ key, succeeded, calls }) => calls && succeeded && !ledger.effects.has(key));
  return [
    ...unknown.map((key) => `an effect of nothing: ${key}`),
    ...tooMany.map(
      ([key, effects]) => `${effects} effects of ${byKey.get(key)?.attempts ?? 0} attempts: ${key}`,
    ),
    ...missing.map(({ key }) => `a success without an effect: ${key}`),
  ];
}
