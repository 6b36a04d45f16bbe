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
const RUN_COLUMN_NAMES = Object.keys(RUN_COLUMNS) as RunColumn[];
type RunColumn = keyof typeof RUN_COLUMNS;

/** How the statement finds the runs, and what belongs to each. */
interface RunSource {
  /** Where the value of a run's column is. */
  readonly valueOf: (column: RunColumn) => string;
  readonly from: string;
  /** Joins the rows of `alias` to the runs, `f`, that were let through. */
  readonly joinRuns: (alias: string) => string;
}

/** The parameters are the run, and all rows belong to it. */
const ONE_RUN: RunSource = {
  valueOf: (column) => `$${RUN_COLUMN_NAMES.indexOf(column) + 1}::${RUN_COLUMNS[column]}`,
  from: '',
  joinRuns: () => 'CROSS JOIN fenced f',
};

const MANY_RUNS: RunSource = {
  valueOf: (column) => `b.${column}`,
  from: `FROM unnest(${RUN_COLUMN_NAMES.map((column) => `${ONE_RUN.valueOf(column)}[]`).join(', ')})
    AS b(${RUN_COLUMN_NAMES.join(', ')})`,
  joinRuns: (alias) => `JOIN fenced f ON f.id = ${alias}.run_id`,
};

/**
 * One statement for checkpoints of different runs. `fenced` is the guard: a run's row changes only under its lease and
 * from the expected event number, and steps, events and the queue are changed only for runs that it let through. (`IS
 * NOT DISTINCT FROM` keeps the planner from finding the row through the index on `owner`, where it would read every run
 * that the worker holds.)
 */
const checkpointSql = ({ valueOf, from, joinRuns }: RunSource, removeGoneSql: string | null): string => `
WITH fenced AS (
  UPDATE workflow_runs r SET
    seq = r.seq + ${valueOf('events')},
    updated_at = now(),
    status = coalesce(${valueOf('status')}, r.status),
    result = coalesce(${valueOf('result')}::json, r.result),
    error = coalesce(${valueOf('error')}::json, r.error),
    started_at = coalesce(${valueOf('started_at')}, r.started_at),
    ended_at = coalesce(${valueOf('ended_at')}, r.ended_at),
    wake_at = ${valueOf('wake_at')},
    ends_as = coalesce(${valueOf('ends_as')}, r.ends_as),
    owner = CASE WHEN ${valueOf('leaves')} THEN NULL ELSE r.owner END
  ${from}
  WHERE r.id = ${valueOf('run_id')} AND r.owner IS NOT DISTINCT FROM ${valueOf('owner')}
    AND r.epoch = ${valueOf('epoch')} AND r.seq = ${valueOf('base_seq')}
  RETURNING ${ACCEPTED_COLUMNS}, ${valueOf('base_seq')} AS base_seq, ${valueOf('leaves')} AS leaves
), written_steps AS (
  INSERT INTO workflow_steps AS s
    (run_id, step_id, item, attempt, status, inputs, output, error, wake_at, started_at, ended_at, usage)
  SELECT f.id, n.step_id, n.item, n.attempt, n.status, n.inputs::json, n.output::json, n.error::json,
         n.wake_at, n.started_at, n.ended_at, n.usage::json
  FROM unnest(
    $14::uuid[], $15::text[], $16::int[], $17::int[], $18::text[], $19::text[], $20::text[], $21::text[],
    $22::timestamptz[], $23::timestamptz[], $24::timestamptz[], $25::text[]
  ) AS n(run_id, step_id, item, attempt, status, inputs, output, error, wake_at, started_at, ended_at, usage)
  ${joinRuns('n')}
  ON CONFLICT (run_id, step_id, item, attempt) DO UPDATE SET
    status = excluded.status, inputs = coalesce(excluded.inputs, s.inputs), output = excluded.output,
    error = excluded.error, wake_at = excluded.wake_at, started_at = coalesce(excluded.started_at, s.started_at), ended_at = excluded.ended_at,
    usage = coalesce(excluded.usage, s.usage)
), written_events AS (
  INSERT INTO run_events (run_id, seq, type, data, at)
  SELECT f.id, f.base_seq + e.place, e.type, e.data::json, e.at
  FROM unnest($26::uuid[], $27::int[], $28::text[], $29::text[], $30::timestamptz[])
    AS e(run_id, place, type, data, at)
  ${joinRuns('e')}
)${removeGoneSql === null ? '' : `, gone AS (SELECT id FROM fenced WHERE leaves), removed AS (${removeGoneSql})`}
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
 * Makes the function that gives the statement which records a group: at least one checkpoint, and at most one a run.
 * It answers with {@link AcceptedRow}s.
 *
 * Statements are planned once a connection, without looking at the values. That of a lone run joins nothing: the joins
 * of a group's would cost PostgreSQL two thirds more for it (ADR 11). Only where a run leaves its worker is there an
 * entry in the queue to take out.
 *
 * @param removeGoneSql of the queue: takes out the runs of a relation `gone (id)`
 */
export function checkpointStatements(
  removeGoneSql: string,
): (group: readonly Checkpoint[]) => CheckpointStatement {
  const stay = { one: checkpointSql(ONE_RUN, null), many: checkpointSql(MANY_RUNS, null) };
  const leave = { one: checkpointSql(ONE_RUN, removeGoneSql), many: checkpointSql(MANY_RUNS, removeGoneSql) };
  return (group) => {
    const someLeave = group.some(({ claim }) => claim.kind !== 'keep');
    const { one, many } = someLeave ? leave : stay;
    const runs = runValues(group);
    const written = [...stepValues(group), ...eventValues(group)];
    const suffix = someLeave ? '-leave' : '';
    return group.length > 1
      ? { name: `checkpoints${suffix}`, text: many, values: [...runs, ...written] }
      : { name: `checkpoint${suffix}`, text: one, values: [...runs.map(([only]) => only), ...written] };
  };
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
    group.map((c) => instant(c.run.startedAt)),
    group.map((c) => instant(c.run.endedAt)),
    group.map((c) => instant(c.run.wakeAt)),
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
    steps.map((s) => instant(s.wakeAt)),
    steps.map((s) => instant(s.startedAt)),
    steps.map((s) => instant(s.endedAt)),
    steps.map((s) => (s.usage === null ? null : JSON.stringify(usageJson(s.usage)))),
  ];
}

/** As text: `pg` takes several times as long to write a Date in the zone of the machine. */
function instant(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null;
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
    events.map((e) => instant(e.at)),
  ];
}
