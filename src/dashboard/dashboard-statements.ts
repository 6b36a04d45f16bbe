const RECENT_RUNS = 10;
const FAILING_DEFINITIONS = 5;

/** The dashboard's statements, by what they give; `npm run bench dashboard` shows their plans. */
export const DASHBOARD_SQL = {
  mcpDefinitions: 'SELECT count(*)::int AS total FROM mcp_definitions WHERE deleted_at IS NULL',

  openRuns: 'SELECT status, count(*)::int AS runs FROM workflow_runs WHERE ended_at IS NULL GROUP BY status',

  recentRuns: `
    SELECT r.id, r.workflow_definition_id AS "workflowDefinitionId", d.name AS "workflowName",
           r.mcp_definition_id AS "mcpDefinitionId", m.name AS "mcpName", r.status,
           r.created_at AS "createdAt", r.ended_at AS "endedAt"
    FROM workflow_runs r
    LEFT JOIN workflow_definitions d ON d.id = r.workflow_definition_id
    LEFT JOIN mcp_definitions m ON m.id = r.mcp_definition_id
    ORDER BY r.created_at DESC, r.id DESC LIMIT ${RECENT_RUNS}`,

  /** $1, $2: beginnings of the longer and of the shorter stretch. Those that are added up, and those that wait to be. */
  endedRuns: `
    SELECT status, bucket, sum(runs)::int AS runs,
           coalesce(sum(runs) FILTER (WHERE hour >= $2), 0)::int AS "recentRuns"
    FROM (
      SELECT hour, status, bucket, runs FROM run_stats_hourly WHERE hour >= $1
      UNION ALL
      SELECT ended_at, status, run_duration_bucket(started_at, ended_at), 1 FROM run_ends WHERE ended_at >= $1
    ) AS ended
    GROUP BY status, bucket`,

  /** $1: beginning of the stretch. */
  failingDefinitions: `
    SELECT d.id AS "workflowDefinitionId", d.name, worst.runs, worst.failed
    FROM (
      SELECT workflow_definition_id, sum(runs)::int AS runs, sum(failed)::int AS failed
      FROM (
        SELECT workflow_definition_id, runs, failed FROM definition_stats_hourly WHERE hour >= $1
        UNION ALL
        SELECT workflow_definition_id, 1, (status IN ('failed', 'timed_out'))::int FROM run_ends
        WHERE ended_at >= $1 AND workflow_definition_id IS NOT NULL
      ) AS ended
      GROUP BY workflow_definition_id
    ) AS worst
    JOIN workflow_definitions d ON d.id = worst.workflow_definition_id AND d.deleted_at IS NULL
    WHERE worst.failed > 0
    ORDER BY worst.failed DESC, d.id
    LIMIT ${FAILING_DEFINITIONS}`,
} as const;
