import pc from 'picocolors';

import type { RunEvent } from './api.mts';

const STEP_WIDTH = 10;
const TIME_WIDTH = 8;
const DEFAULT_COLUMNS = 120;

/** How each status looks. */
const STATUS: Readonly<Record<string, { readonly mark: string; readonly paint: (text: string) => string }>> =
  {
    pending: { mark: '·', paint: pc.dim },
    running: { mark: '▶', paint: pc.cyan },
    waiting: { mark: '…', paint: pc.yellow },
    retrying: { mark: '↻', paint: pc.yellow },
    succeeded: { mark: '✔', paint: pc.green },
    skipped: { mark: '○', paint: pc.dim },
    failed: { mark: '✖', paint: pc.red },
    timed_out: { mark: '✖', paint: pc.red },
    cancelled: { mark: '✖', paint: pc.red },
  };

/** Turns a run's events into lines of text, one each: the time since its first event, the step, what happened. */
export class EventLines {
  #firstAt: number | null = null;
  readonly #startedAt = new Map<string, number>();

  /** @returns the line, no wider than the terminal */
  line({ type, data }: RunEvent): string {
    const at = Date.parse(data.at);
    this.#firstAt ??= at;
    const step = typeof data['step_id'] === 'string' ? data['step_id'] : 'run';
    const time = `${((at - this.#firstAt) / 1000).toFixed(3)} s`.padStart(TIME_WIDTH);
    const name = step === 'run' ? pc.bold(step.padEnd(STEP_WIDTH)) : step.padEnd(STEP_WIDTH);
    return `${pc.dim(time)}  ${name}  ${this.#what(type, data, step, at)}`;
  }

  #what(type: string, data: RunEvent['data'], step: string, at: number): string {
    if (type === 'log') return `${pc.dim('│')} ${cut(text(data['message']))}`;
    if (type === 'result_preview') {
      const bytes = Number(data['bytes']);
      return pc.dim(`└ ${cut(text(data['preview']), 14)} (${bytes} B)`);
    }
    if (type !== 'status_change') return type;
    const status = text(data['status']);
    const { mark, paint } = STATUS[status] ?? { mark: '?', paint: String };
    const details = [this.#duration(status, step, at), ...remarks(data)].filter((detail) => detail !== '');
    return `${paint(`${mark} ${status}`.padEnd(12))} ${pc.dim(cut(details.join(', '), 14))}`.trimEnd();
  }

  /** How long the attempt (or the run) took, at its end. */
  #duration(status: string, step: string, at: number): string {
    if (status === 'running') {
      this.#startedAt.set(step, at);
      return '';
    }
    const startedAt = this.#startedAt.get(step);
    return startedAt === undefined || status === 'skipped' ? '' : `${at - startedAt} ms`;
  }
}

function remarks(data: RunEvent['data']): string[] {
  const { attempt, error, reason } = data as {
    attempt?: number;
    error?: { code: string; message: string };
    reason?: string;
  };
  return [
    attempt !== undefined && attempt > 1 ? `attempt ${attempt}` : '',
    error === undefined ? '' : `${error.code}: ${text(error.message)}`,
    reason === undefined ? '' : text(reason),
  ];
}

/** Text of a server or script for one line of a terminal: it must not move the cursor or change colours. */
export function text(value: unknown): string {
  return String(value).replaceAll(/\p{Cc}+/gu, ' ');
}

/** Cuts a text to what is left of the line beside the columns, and `taken` characters more. */
function cut(line: string, taken = 2): string {
  const room = Math.max(
    20,
    (process.stdout.columns || DEFAULT_COLUMNS) - TIME_WIDTH - STEP_WIDTH - 4 - taken,
  );
  return line.length <= room ? line : `${line.slice(0, room - 1)}…`;
}
