import { StringDecoder } from 'node:string_decoder';
import type { LogLevel, LogStream } from './ports';
import type { RecordedError, RunEventRow } from './store/checkpoint';

/** The longest preview of an output, bytes of UTF-8. */
export const PREVIEW_BYTES = 4096;

/** Facts of a `status_change` beside its run and time. */
export interface StatusChange {
  readonly stepId?: string;
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
  const { stepId, ...rest } = change;
  return row(
    'status_change',
    { run_id: runId, ...(stepId !== undefined && { step_id: stepId }), ...rest },
    at,
  );
}

/** A line that a step wrote. */
export function logLine(
  runId: string,
  stepId: string,
  stream: LogStream,
  level: LogLevel,
  message: string,
  at: Date,
): RunEventRow {
  return row('log', { run_id: runId, step_id: stepId, stream, level, message }, at);
}

/** The beginning of a step's output, given as JSON text. */
export function resultPreview(runId: string, stepId: string, output: string, at: Date): RunEventRow {
  const bytes = Buffer.byteLength(output);
  const truncated = bytes > PREVIEW_BYTES;
  const preview = truncated ? cutUtf8(output, PREVIEW_BYTES) : output;
  return row('result_preview', { run_id: runId, step_id: stepId, preview, truncated, bytes }, at);
}

function row(type: RunEventRow['type'], facts: object, at: Date): RunEventRow {
  return { type, data: JSON.stringify({ ...facts, at: at.toISOString() }), at };
}

/** The longest beginning of `text` that fits in `bytes`: a decoder keeps a character that was cut in two to itself. */
function cutUtf8(text: string, bytes: number): string {
  return new StringDecoder('utf8').write(Buffer.from(text).subarray(0, bytes));
}
