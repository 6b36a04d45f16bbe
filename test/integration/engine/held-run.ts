import type { ClientBase, Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** The worker that holds the runs of {@link insertHeldRun}, and also the id of their workflow. */
export const OWNER = uuidv7();
export const EPOCH = 7;

/** Adds the workflow of {@link insertHeldRun}. */
export async function insertHeldWorkflow(sql: Pool | ClientBase): Promise<void> {
  await sql.query(
    `WITH v AS (INSERT INTO workflow_versions (id, workflow_definition_id, version, spec) VALUES ($1, $1, '1.0.0', '{}'))
     INSERT INTO workflow_definitions (id, name, latest_version_id) VALUES ($1, 'any', $1)`,
    [OWNER],
  );
}

/** Adds a run that a worker holds and of which nothing is recorded; gives its id. */
export async function insertHeldRun(sql: Pool | ClientBase): Promise<string> {
  const id = uuidv7();
  await sql.query(
    `INSERT INTO workflow_runs (id, workflow_definition_id, workflow_version_id, status, parameters, pins, owner, epoch)
     VALUES ($1, $2, $2, 'running', '{}', '{}', $2, ${EPOCH})`,
    [id, OWNER],
  );
  return id;
}
