/** What the events of a run tell of one unit: an attempt of a step, or of an item of one. */
export interface ToldAttempt {
  readonly status: string;
  readonly error: unknown;
}

/** The state of a run as its events alone tell it. */
export interface ToldRun {
  status: string | null;
  error: unknown;
  /** By step, item (-1: the step itself) and attempt: `a:-1:2`. */
  readonly attempts: Map<string, ToldAttempt>;
  /** What units gave, where an event shows all of it; by step and item. */
  readonly outputs: Map<string, unknown>;
}

/** An event of a run, as it is stored and streamed. */
export interface RunEvent {
  readonly type: string;
  readonly data: {
    readonly step_id?: string;
    readonly item?: number;
    readonly attempt?: number;
    readonly status?: string;
    readonly error?: unknown;
    readonly preview?: string;
    readonly truncated?: boolean;
  };
}

/** Goes through the events of a run in their order, as a client of the stream may do that keeps a state of its own. */
export function replayEvents(events: readonly RunEvent[]): ToldRun {
  const told: ToldRun = { status: null, error: null, attempts: new Map(), outputs: new Map() };
  for (const { type, data } of events) {
    const { step_id: stepId, item = -1, attempt = 0, status = '', error = null } = data;
    if (type === 'status_change' && stepId === undefined) Object.assign(told, { status, error });
    if (type === 'status_change' && stepId !== undefined) {
      told.attempts.set(`${stepId}:${item}:${attempt}`, { status, error });
    }
    if (type === 'result_preview' && data.truncated === false) {
      told.outputs.set(`${stepId}:${item}`, JSON.parse(data.preview ?? 'null'));
    }
  }
  return told;
}
