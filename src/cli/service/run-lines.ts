import type { Colours } from '../colours';
import type { RunEvent, RunEventData } from './run-event';

const NAME_WIDTH = 16;

type Paint = 'dim' | 'cyan' | 'yellow' | 'green' | 'red';

/** How each status looks. */
const LOOKS: Readonly<Record<string, { readonly mark: string; readonly paint: Paint }>> = {
  running: { mark: '▶', paint: 'cyan' },
  waiting: { mark: '…', paint: 'yellow' },
  retrying: { mark: '↻', paint: 'yellow' },
  succeeded: { mark: '✔', paint: 'green' },
  skipped: { mark: '○', paint: 'dim' },
  failed: { mark: '✖', paint: 'red' },
  timed_out: { mark: '✖', paint: 'red' },
  cancelled: { mark: '✖', paint: 'red' },
};

/** A step that has begun and not ended. */
interface OpenStep {
  readonly startedAt: number;
  readonly status: string;
}

/** Turns a run's events into lines for a person: one for each change of a step and each line that it logs. */
export class RunLines {
  private readonly open = new Map<string, OpenStep>();

  /** @param showsStarts whether a step's beginning is told, too: where no status line tells which are running */
  constructor(
    private readonly colours: Colours,
    private readonly showsStarts: boolean,
  ) {}

  /** What goes on at the moment: the steps that are open, in the order of their starts, with what they do if not run. */
  get status(): string {
    return [...this.open]
      .map(([name, { status }]) =>
        status === 'running' ? printable(name) : `${printable(name)} (${status})`,
      )
      .join(', ');
  }

  /** @returns null where the event changes nothing that is shown */
  line({ type, data }: RunEvent): string | null {
    if (data.step_id === undefined) return null;
    const name = data.item === undefined ? data.step_id : `${data.step_id}[${data.item}]`;
    if (type === 'log') return `  ${this.nameOf(name)}  ${this.colours.dim(`│ ${printable(data.message)}`)}`;
    if (type !== 'status_change' || data.status === undefined || data.status === 'pending') return null;
    const duration = this.note(name, data.status, Date.parse(data.at));
    if (data.status === 'running' && !this.showsStarts) return null;
    const { mark, paint } = LOOKS[data.status] ?? { mark: '?', paint: 'dim' };
    const remarks = [duration, ...remarksOf(data)].filter((remark) => remark !== '').join(', ');
    return `${this.colours[paint](mark)} ${this.nameOf(name)}  ${data.status.padEnd(9)}  ${this.colours.dim(remarks)}`.trimEnd();
  }

  private nameOf(name: string): string {
    return printable(name).padEnd(NAME_WIDTH);
  }

  /** Keeps the books on open steps; gives how long an attempt took, at its end, what it waited for included. */
  private note(name: string, status: string, at: number): string {
    const startedAt = this.open.get(name)?.startedAt;
    if (status === 'running' || status === 'waiting') {
      this.open.set(name, { startedAt: startedAt ?? at, status });
      return '';
    }
    // What is tried again begins anew.
    this.open.delete(name);
    return startedAt === undefined ? '' : durationText(at - startedAt);
  }
}

function remarksOf({ attempt, error, reason }: RunEventData): string[] {
  return [
    attempt !== undefined && attempt > 1 ? `attempt ${attempt}` : '',
    error === undefined ? '' : `${error.code}: ${printable(error.message)}`,
    reason === undefined ? '' : printable(reason),
  ];
}

/** Milliseconds for people. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Text of a script or a server for one line of a terminal: it must not move the cursor or change colours. */
export function printable(text: string | undefined): string {
  return (text ?? '').replaceAll(/\p{Cc}+/gu, ' ');
}
