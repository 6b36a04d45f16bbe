import type { JsonValue } from '../core/json';
import type { ModelUsage } from '../ports';
import type { Checkpoint } from './checkpoint';

/** A run whose checkpoint is recorded, and what was asked of it up to then. */
export interface AcceptedRow {
  readonly id: string;
  readonly signals: number;
  readonly cancelRequested: boolean;
}

const ACCEPTED_COLUMNS = 'r.id, r.signals, r.cancel_requested_at IS NOT NULL AS "cancelRequested"';

/** What a checkpoint says of the run's own row. */
const RUN_COLUMNS = {
  run_id: 'uuid',
  owner: 'uuid',
  epoch: 'int',
  base_seq: 'int',
  events: 'int',
  status: 'text',
  result: 'text',
  error: 'text',
  started_at: 'timestamptz',
  ended_at: 'timestamptz',
  wake_at: 'timestamptz',
  leaves: 'bool',
  ends_as: 'text',
};
const RUN_TYPES = Object.values(RUN_COLUMNS);
const ONE_RUN = `(VALUES (${RUN_TYPES.map((type, index) => `$${index + 1}::${type}`).join(', ')}))`;
const MANY_RUNS = `unnest(${RUN_TYPES.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})`;

/**
 * One statement for checkpoints of different runs. `fenced` is the guard: a run's row changes only under its lease and
 * from the expected event number, and steps and events are written only for runs that it let through. (`IS NOT
 * DISTINCT FROM` keeps the planner from finding the row through the index on `owner`, where it would read every run
 * that the worker holds.)
 */
const checkpointSql = (runs: string): string => `
WITH batch AS (
  SELECT * FROM ${runs} AS b(${Object.keys(RUN_COLUMNS).join(', ')})
), fenced AS (
  UPDATE workflow_runs r SET
    seq = r.seq + b.events,
    updated_at = now(),
    status = coalesce(b.status, r.status),
    result = coalesce(b.result::json, r.result),
    error = coalesce(b.error::json, r.error),
    started_at = coalesce(b.started_at, r.started_at),
    ended_at = coalesce(b.ended_at, r.ended_at),
    wake_at = b.wake_at,
    ends_as = coalesce(b.ends_as, r.ends_as),
    owner = CASE WHEN b.leaves THEN NULL ELSE r.owner END
  FROM batch b
  WHERE r.id = b.run_id AND r.owner IS NOT DISTINCT FROM b.owner AND r.epoch = b.epoch AND r.seq = b.base_seq
  RETURNING ${ACCEPTED_COLUMNS}, b.base_seq
), written_steps AS (
  INSERT INTO workflow_steps AS s
    (run_id, step_id, item, attempt, status, inputs, output, error, wake_at, started_at, ended_at, usage)
  SELECT n.run_id, n.step_id, n.item, n.attempt, n.status, n.inputs::json, n.output::json, n.error::json,
         n.wake_at, n.started_at, n.ended_at, n.usage::json
  FROM unnest(
    $14::uuid[], $15::text[], $16::int[], $17::int[], $18::text[], $19::text[], $20::text[], $21::text[],
    $22::timestamptz[], $23::timestamptz[], $24::timestamptz[], $25::text[]
  ) AS n(run_id, step_id, item, attempt, status, inputs, output, error, wake_at, started_at, ended_at, usage)
  JOIN fenced f ON f.id = n.run_id
  ON CONFLICT (run_id, step_id, item, attempt) DO UPDATE SET
    status = excluded.status, inputs = coalesce(excluded.inputs, s.inputs), output = excluded.output,
    error = excluded.error, wake_at = excluded.wake_at, started_at = coalesce(excluded.started_at, s.started_at), ended_at = excluded.ended_at,
    usage = coalesce(excluded.usage, s.usage)
), written_events AS (
  INSERT INTO run_events (run_id, seq, type, data, at)
  SELECT e.run_id, f.base_seq + e.place, e.type, e.data::json, e.at
  FROM unnest($26::uuid[], $27::int[], $28::text[], $29::text[], $30::timestamptz[])
    AS e(run_id, place, type, data, at)
  JOIN fenced f ON f.id = e.run_id
)
SELECT id, signals, "cancelRequested" FROM fenced`;

/**
 * Finds those of the refused checkpoints that an earlier try had recorded, before its answer was lost: same epoch, and
 * already at the event number that the checkpoint leads to.
 */
export const REPEATED_SQL = `
SELECT ${ACCEPTED_COLUMNS} FROM workflow_runs r
JOIN unnest($1::uuid[], $2::int[], $3::int[]) AS b(run_id, epoch, seq) ON r.id = b.run_id
WHERE r.epoch = b.epoch AND r.seq = b.seq`;

/** The values of {@link REPEATED_SQL}. */
export function repeatedValues(refused: readonly Checkpoint[]): unknown[] {
  return [
    refused.map((c) => c.lease.runId),
    refused.map((c) => c.lease.epoch),
    refused.map((c) => c.baseSeq + c.events.length),
  ];
}

/** A prepared statement with its values. */
export interface CheckpointStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Statements are planned once a connection, without looking at the values. That of a lone run knows that it is about
 * one row, and finds it by its key; that of a group joins, which costs a lone run a third more (`npm run bench
 * durable-steps`).
 */
const ONE = { name: 'checkpoint', text: checkpointSql(ONE_RUN) };
const MANY = { name: 'checkpoints', text: checkpointSql(MANY_RUNS) };

/** Records `group`, which holds at least one checkpoint and at most one a run; gives {@link AcceptedRow}s. */
export function checkpointStatement(group: readonly Checkpoint[]): CheckpointStatement {
  const runs = runValues(group);
  const written = [...stepValues(group), ...eventValues(group)];
  if (group.length > 1) return { ...MANY, values: [...runs, ...written] };
  return { ...ONE, values: [...runs.map(([only]) => only), ...written] };
}

function runValues(group: readonly Checkpoint[]): unknown[][] {
  return [
    group.map((c) => c.lease.runId),
    group.map((c) => c.lease.owner),
    group.map((c) => c.lease.epoch),
    group.map((c) => c.baseSeq),
    group.map((c) => c.events.length),
    group.map((c) => c.run.status ?? null),
    group.map((c) => c.run.result ?? null),
    group.map((c) => c.run.error ?? null),
    group.map((c) => c.run.startedAt ?? null),
    group.map((c) => c.run.endedAt ?? null),
    group.map((c) => c.run.wakeAt ?? null),
    group.map((c) => c.claim.kind !== 'keep'),
    group.map((c) => c.run.endsAs ?? null),
  ];
}

function stepValues(group: readonly Checkpoint[]): unknown[][] {
  const steps = group.flatMap((checkpoint) =>
    checkpoint.steps.map((step) => ({ runId: checkpoint.lease.runId, ...step })),
  );
  return [
    steps.map((s) => s.runId),
    steps.map((s) => s.stepId),
    steps.map((s) => s.item),
    steps.map((s) => s.attempt),
    steps.map((s) => s.status),
    steps.map((s) => s.inputs),
    steps.map((s) => s.output),
    steps.map((s) => s.error),
    steps.map((s) => s.wakeAt),
    steps.map((s) => s.startedAt),
    steps.map((s) => s.endedAt),
    steps.map((s) => (s.usage === null ? null : JSON.stringify(usageJson(s.usage)))),
  ];
}

/** As the table and the API have it. */
function usageJson({ provider, model, inputTokens, outputTokens, cost }: ModelUsage): JsonValue {
  return {
    provider,
    model,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cost !== null && { cost }),
  };
}

function eventValues(group: readonly Checkpoint[]): unknown[][] {
  const events = group.flatMap((checkpoint) =>
    checkpoint.events.map((event, index) => ({ runId: checkpoint.lease.runId, place: index + 1, ...event })),
  );
  return [
    events.map((e) => e.runId),
    events.map((e) => e.place),
    events.map((e) => e.type),
    events.map((e) => e.data),
    events.map((e) => e.at),
  ];
}
