import { StringDecoder } from 'node:string_decoder';
import type { Unit } from './core/unit';
import type { LogLevel, LogStream } from './ports';
import type { RecordedError, RunEventRow } from './store/checkpoint';

/** The longest preview of an output, bytes of UTF-8. */
export const PREVIEW_BYTES = 4096;

/** Facts of a `status_change` beside its run and time. */
export interface StatusChange {
  readonly stepId?: string;
  /** Of a `for_each` step: which of its items. */
  readonly item?: number | undefined;
  readonly status: string;
  readonly attempt?: number;
  readonly error?: RecordedError;
  /** Why a step was skipped. */
  readonly reason?: string;
  /** Only on the run's last event. */
  readonly terminal?: true;
}

/** The run, or one of its steps, changed its status. */
export function statusChange(runId: string, change: StatusChange, at: Date): RunEventRow {
  const { stepId, item, ...rest } = change;
  const unit = stepId === undefined ? {} : named({ stepId, item });
  return row('status_change', { run_id: runId, ...unit, ...rest }, at);
}

/** A line that a step, or an item of it, wrote. */
export function logLine(
  runId: string,
  unit: Unit,
  stream: LogStream,
  level: LogLevel,
  message: string,
  at: Date,
): RunEventRow {
  return row('log', { run_id: runId, ...named(unit), stream, level, message }, at);
}

/** The beginning of an output, given as JSON text. */
export function resultPreview(runId: string, unit: Unit, output: string, at: Date): RunEventRow {
  const bytes = Buffer.byteLength(output);
  const truncated = bytes > PREVIEW_BYTES;
  const preview = truncated ? cutUtf8(output, PREVIEW_BYTES) : output;
  return row('result_preview', { run_id: runId, ...named(unit), preview, truncated, bytes }, at);
}

function named({ stepId, item }: Unit): object {
  return { step_id: stepId, ...(item !== undefined && { item }) };
}

function row(type: RunEventRow['type'], facts: object, at: Date): RunEventRow {
  return { type, data: JSON.stringify({ ...facts, at: at.toISOString() }), at };
}

/** The longest beginning of `text` that fits in `bytes`: a decoder keeps a character that was cut in two to itself. */
function cutUtf8(text: string, bytes: number): string {
  return new StringDecoder('utf8').write(Buffer.from(text).subarray(0, bytes));
}
