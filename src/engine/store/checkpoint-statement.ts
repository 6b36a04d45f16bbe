import { binaryArray, type ElementType, type ElementValue } from '../../database/binary-array';
import type { JsonValue } from '../core/json';
import type { ModelUsage } from '../ports';
import type { Checkpoint, RunEventRow, StepRow } from './checkpoint';

/** A run whose checkpoint is recorded, and what was asked of it up to then. */
export interface AcceptedRow {
  readonly id: string;
  readonly signals: number;
  readonly cancelRequested: boolean;
}

const ACCEPTED_COLUMNS = 'r.id, r.signals, r.cancel_requested_at IS NOT NULL AS "cancelRequested"';

/** Columns of what is sent, in order, with their types. */
type Columns = Readonly<Record<string, ElementType>>;

type Value = ElementValue | null;

/** What a checkpoint says of the run's own row. */
const RUN = {
  run_id: 'uuid',
  owner: 'uuid',
  epoch: 'int4',
  base_seq: 'int4',
  events: 'int4',
  status: 'text',
  result: 'json',
  error: 'json',
  started_at: 'timestamptz',
  ended_at: 'timestamptz',
  wake_at: 'timestamptz',
  leaves: 'bool',
  ends_as: 'text',
} as const satisfies Columns;

const STEP = {
  step_id: 'text',
  item: 'int4',
  attempt: 'int4',
  status: 'text',
  inputs: 'json',
  output: 'json',
  error: 'json',
  wake_at: 'timestamptz',
  started_at: 'timestamptz',
  ended_at: 'timestamptz',
  usage: 'json',
} as const satisfies Columns;

const EVENT = { place: 'int4', type: 'text', data: 'json', at: 'timestamptz' } as const satisfies Columns;

/** In a group, each also says which of its runs it belongs to. */
const STEP_OF_RUN = { run_id: 'uuid', ...STEP } as const;
const EVENT_OF_RUN = { run_id: 'uuid', ...EVENT } as const;

/** Where a statement finds what it writes. */
interface Sources {
  /** The value of a column of the run's row. */
  readonly run: (column: keyof typeof RUN) => string;
  readonly runs: string;
  /** FROM of the steps as `n` and of the events as `e`, each with its run as `f`; null: there are none. */
  readonly steps: string | null;
  readonly events: string | null;
}

/**
 * One statement for checkpoints of different runs. `fenced` is the guard: a run's row changes only under its lease and
 * from the expected event number, and steps, events and the queue are changed only for runs that it let through. (`IS
 * NOT DISTINCT FROM` keeps the planner from finding the row through the index on `owner`, where it would read every run
 * that the worker holds.)
 */
function checkpointSql({ run, runs, steps, events }: Sources, removeGoneSql: string | null): string {
  const parts = [
    `fenced AS (
      UPDATE workflow_runs r SET
        seq = r.seq + ${run('events')},
        updated_at = now(),
        status = coalesce(${run('status')}, r.status),
        result = coalesce(${run('result')}, r.result),
        error = coalesce(${run('error')}, r.error),
        started_at = coalesce(${run('started_at')}, r.started_at),
        ended_at = coalesce(${run('ended_at')}, r.ended_at),
        wake_at = ${run('wake_at')},
        ends_as = coalesce(${run('ends_as')}, r.ends_as),
        owner = CASE WHEN ${run('leaves')} THEN NULL ELSE r.owner END
      ${runs}
      WHERE r.id = ${run('run_id')} AND r.owner IS NOT DISTINCT FROM ${run('owner')}
        AND r.epoch = ${run('epoch')} AND r.seq = ${run('base_seq')}
      RETURNING ${ACCEPTED_COLUMNS}, ${run('base_seq')} AS base_seq, ${run('leaves')} AS leaves
    )`,
  ];
  if (steps !== null) {
    parts.push(`written_steps AS (
      INSERT INTO workflow_steps AS s
        (run_id, step_id, item, attempt, status, inputs, output, error, wake_at, started_at, ended_at, usage)
      SELECT f.id, n.step_id, n.item, n.attempt, n.status, n.inputs, n.output, n.error,
        n.wake_at, n.started_at, n.ended_at, n.usage
      ${steps}
      ON CONFLICT (run_id, step_id, item, attempt) DO UPDATE SET
        status = excluded.status, inputs = coalesce(excluded.inputs, s.inputs), output = excluded.output,
        error = excluded.error, wake_at = excluded.wake_at,
        started_at = coalesce(excluded.started_at, s.started_at), ended_at = excluded.ended_at,
        usage = coalesce(excluded.usage, s.usage)
    )`);
  }
  if (events !== null) {
    parts.push(`written_events AS (
      INSERT INTO run_events (run_id, seq, type, data, at)
      SELECT f.id, f.base_seq + e.place, e.type, e.data, e.at
      ${events}
    )`);
  }
  if (removeGoneSql !== null) {
    parts.push('gone AS (SELECT id FROM fenced WHERE leaves)', `removed AS (${removeGoneSql})`);
  }
  return `WITH ${parts.join(', ')} SELECT id, signals, "cancelRequested" FROM fenced`;
}

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

/** A lone run that writes more than this goes by the statement for groups: each combination is a statement to prepare. */
const MOST_WRITTEN_OUT = { steps: 3, events: 8 };

/**
 * Makes the statements that record checkpoints. They are planned once a connection, without looking at the values. That
 * of a group takes lists and joins them to its runs. That of a lone run, which waits for it between any two steps, is
 * written out for the number of its steps and events, with neither (ADR 11).
 */
export class CheckpointStatements {
  private readonly texts = new Map<string, string>();

  /** @param removeGoneSql of the queue: takes out the runs of a relation `gone (id)` */
  constructor(private readonly removeGoneSql: string) {}

  /**
   * Records a group, at least one checkpoint and at most one a run; it answers with {@link AcceptedRow}s. Only where a run
   * leaves its worker is there an entry in the queue to take out.
   */
  of(group: readonly Checkpoint[]): CheckpointStatement {
    const someLeave = group.some(({ claim }) => claim.kind !== 'keep');
    const [only] = group;
    if (only === undefined || group.length > 1 || !isWrittenOut(only)) {
      return { ...this.named('checkpoints', someLeave, () => MANY), values: groupValues(group) };
    }
    const { steps, events } = only;
    const form = `checkpoint-${steps.length}-${events.length}`;
    return {
      ...this.named(form, someLeave, () => writtenOut(steps.length, events.length)),
      values: [...runValues(only), ...steps.flatMap(stepValues), ...events.flatMap(eventValues)].map(asText),
    };
  }

  private named(form: string, someLeave: boolean, sources: () => Sources): { name: string; text: string } {
    const name = someLeave ? `${form}-leave` : form;
    const text = this.texts.get(name) ?? checkpointSql(sources(), someLeave ? this.removeGoneSql : null);
    this.texts.set(name, text);
    return { name, text };
  }
}

function isWrittenOut({ steps, events }: Checkpoint): boolean {
  return steps.length <= MOST_WRITTEN_OUT.steps && events.length <= MOST_WRITTEN_OUT.events;
}

/** The run's row is the parameters themselves; steps and events are lists of them. */
function writtenOut(steps: number, events: number): Sources {
  const place = new Map(Object.keys(RUN).map((column, index) => [column, index + 1]));
  const list = (count: number, columns: Columns, first: number, alias: string): string | null => {
    if (count === 0) return null;
    const width = Object.keys(columns).length;
    const rows = Array.from(
      { length: count },
      (_none, row) => `(${parameters(columns, first + row * width)})`,
    );
    return `FROM fenced f, (VALUES ${rows.join(', ')}) AS ${alias}(${namesOf(columns)})`;
  };
  const firstStep = place.size + 1;
  const firstEvent = firstStep + steps * Object.keys(STEP).length;
  return {
    run: (column) => `$${place.get(column)}::${RUN[column]}`,
    runs: '',
    steps: list(steps, STEP, firstStep, 'n'),
    events: list(events, EVENT, firstEvent, 'e'),
  };
}

/** A list for each column. */
const MANY: Sources = (() => {
  const lists = (columns: Columns, first: number, alias: string): string =>
    `FROM unnest(${parameters(columns, first, '[]')}) AS ${alias}(${namesOf(columns)})`;
  const joined = (columns: Columns, first: number, alias: string): string =>
    `${lists(columns, first, alias)} JOIN fenced f ON f.id = ${alias}.run_id`;
  const firstStep = Object.keys(RUN).length + 1;
  const firstEvent = firstStep + Object.keys(STEP_OF_RUN).length;
  return {
    run: (column) => `b.${column}`,
    runs: lists(RUN, 1, 'b'),
    steps: joined(STEP_OF_RUN, firstStep, 'n'),
    events: joined(EVENT_OF_RUN, firstEvent, 'e'),
  };
})();

function namesOf(columns: Columns): string {
  return Object.keys(columns).join(', ');
}

/** `$1::text, $2::int`, from number `first` on. */
function parameters(columns: Columns, first: number, suffix = ''): string {
  return Object.values(columns)
    .map((type, index) => `$${first + index}::${type}${suffix}`)
    .join(', ');
}

/** The values of {@link MANY}. */
function groupValues(group: readonly Checkpoint[]): Buffer[] {
  const ofRun = <Row>(rowsOf: (c: Checkpoint) => readonly Row[], values: (row: Row, at: number) => Value[]) =>
    group.flatMap((c) => rowsOf(c).map((row, at) => [c.lease.runId, ...values(row, at)]));
  return [
    ...columnsOf(RUN, group.map(runValues)),
    ...columnsOf(
      STEP_OF_RUN,
      ofRun((c) => c.steps, stepValues),
    ),
    ...columnsOf(
      EVENT_OF_RUN,
      ofRun((c) => c.events, eventValues),
    ),
  ];
}

/** The rows' values by column. */
function columnsOf(columns: Columns, rows: readonly (readonly Value[])[]): Buffer[] {
  return Object.values(columns).map((type, index) =>
    binaryArray(
      type,
      rows.map((row) => row[index] ?? null),
    ),
  );
}

/** In the order of {@link RUN}. */
function runValues({ lease, baseSeq, events, run, claim }: Checkpoint): Value[] {
  return [
    lease.runId,
    lease.owner,
    lease.epoch,
    baseSeq,
    events.length,
    run.status ?? null,
    run.result ?? null,
    run.error ?? null,
    run.startedAt ?? null,
    run.endedAt ?? null,
    run.wakeAt ?? null,
    claim.kind !== 'keep',
    run.endsAs ?? null,
  ];
}

/** In the order of {@link STEP}. */
function stepValues(step: StepRow): Value[] {
  return [
    step.stepId,
    step.item,
    step.attempt,
    step.status,
    step.inputs,
    step.output,
    step.error,
    step.wakeAt,
    step.startedAt,
    step.endedAt,
    step.usage === null ? null : JSON.stringify(usageJson(step.usage)),
  ];
}

/** In the order of {@link EVENT}. */
function eventValues({ type, data, at }: RunEventRow, index: number): Value[] {
  return [index + 1, type, data, at];
}

/** `pg` takes several times as long to write a Date, in the zone of the machine. */
function asText(value: Value): Exclude<Value, Date> {
  return value instanceof Date ? value.toISOString() : value;
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
