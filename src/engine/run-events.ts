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

/**
 * The end of a text that a step is still making, as JSON text. It is no event of the table and has no number.
 *
 * @param limit the most of the text that is shown, bytes of UTF-8
 */
export function livePreview(
  runId: string,
  unit: Unit,
  attempt: number,
  textSoFar: string,
  limit: number,
  at: Date,
): string {
  const all = Buffer.from(textSoFar);
  const preview = tailUtf8(all, limit);
  const facts = { attempt, partial: true, preview, truncated: preview.length < textSoFar.length };
  return JSON.stringify({ run_id: runId, ...named(unit), ...facts, bytes: all.length, at: at.toISOString() });
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

/** The longest end of a text that fits in `bytes` and does not begin inside of a character. */
function tailUtf8(text: Buffer, bytes: number): string {
  let start = Math.max(text.length - bytes, 0);
  while (start < text.length && ((text[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start++;
  return text.toString('utf8', start);
}
