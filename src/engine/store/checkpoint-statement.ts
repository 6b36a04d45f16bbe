import type { Checkpoint } from './checkpoint';

/** A run whose checkpoint is recorded, and what was asked of it up to then. */
export interface AcceptedRow {
  readonly id: string;
  readonly signals: number;
  readonly cancelRequested: boolean;
}

const ACCEPTED_COLUMNS = 'r.id, r.signals, r.cancel_requested_at IS NOT NULL AS "cancelRequested"';

/**
 * One statement for any number of checkpoints of different runs. `fenced` is the guard: a run's row changes only
 * under its lease and from the expected event number, and steps and events are written only for runs that it
 * let through. (`IS NOT DISTINCT FROM` keeps the planner from finding the row through the index on `owner`, where it
 * would read every run that the worker holds.)
 */
export const CHECKPOINT_SQL = `
WITH batch AS (
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::int[],
    $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::bool[], $13::text[]
  ) AS b(run_id, owner, epoch, base_seq, events, status, result, error, started_at, ended_at, wake_at, leaves, ends_as)
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
    (run_id, step_id, item, attempt, status, inputs, output, error, wake_at, started_at, ended_at)
  SELECT n.run_id, n.step_id, n.item, n.attempt, n.status, n.inputs::json, n.output::json, n.error::json,
         n.wake_at, n.started_at, n.ended_at
  FROM unnest(
    $14::uuid[], $15::text[], $16::int[], $17::int[], $18::text[], $19::text[], $20::text[], $21::text[],
    $22::timestamptz[], $23::timestamptz[], $24::timestamptz[]
  ) AS n(run_id, step_id, item, attempt, status, inputs, output, error, wake_at, started_at, ended_at)
  JOIN fenced f ON f.id = n.run_id
  ON CONFLICT (run_id, step_id, item, attempt) DO UPDATE SET
    status = excluded.status, inputs = coalesce(excluded.inputs, s.inputs), output = excluded.output,
    error = excluded.error, wake_at = excluded.wake_at, started_at = coalesce(excluded.started_at, s.started_at), ended_at = excluded.ended_at
), written_events AS (
  INSERT INTO run_events (run_id, seq, type, data, at)
  SELECT e.run_id, f.base_seq + e.place, e.type, e.data::json, e.at
  FROM unnest($25::uuid[], $26::int[], $27::text[], $28::text[], $29::timestamptz[])
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

/** The values of {@link CHECKPOINT_SQL} for `group`, which holds at most one checkpoint a run. */
export function checkpointValues(group: readonly Checkpoint[]): unknown[] {
  const steps = group.flatMap((checkpoint) =>
    checkpoint.steps.map((step) => ({ runId: checkpoint.lease.runId, ...step })),
  );
  const events = group.flatMap((checkpoint) =>
    checkpoint.events.map((event, index) => ({ runId: checkpoint.lease.runId, place: index + 1, ...event })),
  );
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
    events.map((e) => e.runId),
    events.map((e) => e.place),
    events.map((e) => e.type),
    events.map((e) => e.data),
    events.map((e) => e.at),
  ];
}
