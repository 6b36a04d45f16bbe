import type { Client } from 'pg';

const WORKFLOW_ID = '018f9d2c-7f3a-7c11-9a55-000000000001';
const VERSION_ID = '018f9d2c-7f3a-7c11-9a55-000000000002';

/** The workflow that {@link insertRuns} makes runs of. */
export async function insertWorkflow(client: Client): Promise<void> {
  await client.query(
    `WITH v AS (
       INSERT INTO workflow_versions (id, workflow_definition_id, version, spec)
       VALUES ('${VERSION_ID}', '${WORKFLOW_ID}', '1.0.0', '{"steps": [{"id": "a", "uses": {"builtin": "set"}}]}'))
     INSERT INTO workflow_definitions (id, name, latest_version_id)
     VALUES ('${WORKFLOW_ID}', 'old', '${VERSION_ID}')`,
  );
}

/**
 * Runs as the engine leaves them, each with two steps, four events and an idempotency key.
 *
 * @param options.kind a label of theirs
 * @param options.endedDaysAgo null: they are a hundred days old and still wait
 */
export async function insertRuns(
  client: Client,
  { kind, count, endedDaysAgo }: { kind: string; count: number; endedDaysAgo: number | null },
): Promise<void> {
  await client.query(
    `WITH runs AS (
       INSERT INTO workflow_runs (id, workflow_definition_id, workflow_version_id, status, parameters, labels, pins,
                                  seq, created_at, updated_at, started_at, ended_at)
       SELECT gen_random_uuid(), '${WORKFLOW_ID}', '${VERSION_ID}',
              CASE WHEN $3::int IS NULL THEN 'waiting' ELSE 'succeeded' END, '{}', jsonb_build_object('kind', $1::text),
              '{}', 4, at, at, at, CASE WHEN $3::int IS NULL THEN NULL ELSE at END
       FROM generate_series(1, $2::int),
            LATERAL (SELECT now() - make_interval(days => coalesce($3::int, 100)) AS at) AS times
       RETURNING id, created_at AS at
     ), steps AS (
       INSERT INTO workflow_steps (run_id, step_id, item, attempt, status)
       SELECT id, step_id, -1, 1, 'succeeded' FROM runs, (VALUES ('a'), ('b')) AS s(step_id)
     ), keys AS (
       INSERT INTO idempotency_keys (api_key_id, key, request_hash, run_id, created_at)
       SELECT gen_random_uuid(), 'k', '', id, at FROM runs
     )
     INSERT INTO run_events (run_id, seq, type, data, at)
     SELECT id, seq, 'status_change', '{}', at FROM runs, generate_series(1, 4) AS seq`,
    [kind, count, endedDaysAgo],
  );
}
