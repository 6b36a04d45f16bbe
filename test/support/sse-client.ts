import { setTimeout as sleep } from 'node:timers/promises';

import { createParser } from 'eventsource-parser';

/** An event of a run as a client of the stream gets it. */
export interface StreamEvent {
  /** The event's number in the run. */
  readonly seq: number;
  readonly type: string;
  readonly data: EventData;
}

/** The facts of an event; which are there depends on its type. */
export interface EventData {
  readonly run_id: string;
  readonly step_id?: string;
  readonly status?: string;
  readonly attempt?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly terminal?: boolean;
  readonly at: string;
}

/** What the server answered, or how the connection ended. */
export interface StreamEnd {
  readonly status: number;
  /** Whether the client cut the connection itself. */
  readonly cut: boolean;
}

/**
 * Reads a run's stream over one connection.
 * @param onEvent returns false to cut the connection: what is already on its way is then lost, as for a client that dies
 */
export async function readStream(
  baseUrl: string,
  apiKey: string,
  runId: string,
  after: number,
  onEvent: (event: StreamEvent) => boolean,
): Promise<StreamEnd> {
  const connection = new AbortController();
  const response = await fetch(`${baseUrl}/api/v1/workflow-runs/${runId}/stream`, {
    headers: { 'x-api-key': apiKey, ...(after > 0 && { 'last-event-id': String(after) }) },
    signal: connection.signal,
  });
  if (response.status !== 200 || response.body === null) return { status: response.status, cut: false };
  const end = { status: 200, cut: false };
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (end.cut) return;
      end.cut = !onEvent({ seq: Number(id), type: event ?? 'message', data: JSON.parse(data) as EventData });
    },
  });
  const text = response.body.pipeThrough(new TextDecoderStream()) as AsyncIterable<string>;
  for await (const chunk of text) {
    parser.feed(chunk);
    if (end.cut) break;
  }
  connection.abort();
  return end;
}

/** Where the stream is found now: a program that starts again may have another address. */
export type Address = () => string;

/**
 * A subscriber with a bad line: it loses its connection at random events, or with the server, and resumes by the number
 * of its last event, until it is told with 204 that there is nothing more.
 */
export class RunFollower {
  readonly events: StreamEvent[] = [];
  /** How often it cut the connection itself. */
  cuts = 0;
  /** Resolves when a reconnection after the terminal event was answered with 204. */
  readonly finished: Promise<void>;
  private stopped = false;

  constructor(
    private readonly address: Address,
    private readonly apiKey: string,
    private readonly runId: string,
  ) {
    this.finished = this.follow();
    // It is awaited at the end of a test; a test that fails before has a better story to tell.
    this.finished.catch(() => undefined);
  }

  /** Gives up: for a test that failed. */
  stop(): void {
    this.stopped = true;
  }

  private async follow(): Promise<void> {
    while (!this.stopped) {
      const end = await this.readOnce().catch(() => null);
      if (end?.status === 204) return;
      if (end !== null && end.status !== 200 && end.status < 500) {
        throw new Error(`The stream answered ${end.status} after event ${this.cursor}`);
      }
      if (end?.cut === true) this.cuts += 1;
      else await sleep(RECONNECT_MS);
    }
  }

  private readOnce(): Promise<StreamEnd> {
    return readStream(this.address(), this.apiKey, this.runId, this.cursor, (event) => {
      this.events.push(event);
      return !this.stopped && Math.random() >= CUT_CHANCE;
    });
  }

  private get cursor(): number {
    return this.events.at(-1)?.seq ?? 0;
  }
}

/** About every seventh event: often inside a page of events, and every fault a few times in one run. */
const CUT_CHANCE = 0.15;

const RECONNECT_MS = 50;
