/** How bad a line of a log is, in the protocol's words. */
export type LogSeverity =
  'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency';

/** A line of a log, as clients are told it. */
export interface LogLine {
  readonly level: LogSeverity;
  readonly data: unknown;
  /** Who wrote it. */
  readonly logger?: string | undefined;
}

/** An event of a run, its data parsed; the fields that matter here (docs/workflows.md has all). */
export interface RunEvent {
  readonly type: string;
  readonly data: {
    readonly step_id?: string;
    readonly index?: number | null;
    readonly status?: string;
    readonly level?: string;
    readonly message?: string;
  };
}

/** What a client is told of an event. */
export interface EventNews {
  readonly progress?: { readonly progress: number; readonly message: string };
  readonly log?: LogLine;
}

const ENDED = new Set<unknown>(['succeeded', 'failed', 'skipped', 'cancelled', 'timed_out']);

const LEVELS: Readonly<Record<string, LogSeverity>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
};

/** Makes of a run's events, one after the other, what a client is told: a bar of steps that have ended, and the log. */
export function runNarrator(): (event: RunEvent) => EventNews {
  const ended = new Set<string>();
  return ({ type, data }) => {
    const { step_id: stepId, status, level = 'info', message = '' } = data;
    if (type === 'log') {
      return {
        log: {
          level: LEVELS[level] ?? 'info',
          data: message,
          ...(stepId !== undefined && { logger: stepId }),
        },
      };
    }
    const isItem = typeof data.index === 'number';
    if (type !== 'status_change' || stepId === undefined || isItem || !ENDED.has(status)) return {};
    if (ended.has(stepId)) return {};
    ended.add(stepId);
    return { progress: { progress: ended.size, message: `${stepId}: ${status ?? ''}` } };
  };
}
