import { isDeepStrictEqual } from 'node:util';

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

/** A run with its attempts and its events, as they are stored. */
export interface StoredRun {
  readonly id: string;
  readonly status: string;
  readonly error: unknown;
  readonly events: readonly RunEvent[];
  readonly attempts: readonly {
    readonly unit: string;
    readonly attempt: number;
    readonly status: string;
    readonly output: unknown;
    readonly error: unknown;
  }[];
}

/** Reads runs by their ids, each as a {@link StoredRun}. */
export const STORED_RUNS = `
SELECT r.id, r.status, r.error,
  (SELECT json_agg(json_build_object('type', type, 'data', data) ORDER BY seq) FROM run_events WHERE run_id = r.id) AS events,
  (SELECT coalesce(json_agg(json_build_object('unit', step_id || ':' || item, 'attempt', attempt, 'status', status,
     'output', output, 'error', error)), '[]') FROM workflow_steps WHERE run_id = r.id) AS attempts
FROM workflow_runs r WHERE r.id = ANY($1)`;

/** Where the state that its events tell is not the state that is stored; empty where it is. */
export function untoldOf(run: StoredRun): string[] {
  const found: string[] = [];
  const told = replayEvents(run.events);
  if (!isDeepStrictEqual([told.status, told.error], [run.status, run.error])) {
    found.push(`${run.id} is told as ${JSON.stringify([told.status, told.error])}`);
  }
  if (told.attempts.size !== run.attempts.length) found.push(`${run.id} has other attempts than are told`);
  for (const { unit, attempt, status, error, output } of run.attempts) {
    const attemptTold = told.attempts.get(`${unit}:${attempt}`);
    if (!isDeepStrictEqual(attemptTold, { status, error })) {
      found.push(`${run.id} ${unit}:${attempt} is ${JSON.stringify([status, error, attemptTold])}`);
    }
    const shown = told.outputs.get(unit);
    if (status === 'succeeded' && shown !== undefined && !isDeepStrictEqual(shown, output)) {
      found.push(
        `${run.id} ${unit} gave ${JSON.stringify(output)} and is told to give ${JSON.stringify(shown)}`,
      );
    }
  }
  return found;
}
