/** One event as it goes out: its number in the run, its type, and its JSON text. */
export interface StreamedEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: string;
  readonly terminal: boolean;
}

/** Where the stream is written to. */
export interface StreamSink {
  /** Writes; resolves when more may be written. Rejects when the client takes too long or is gone. */
  write(text: string): Promise<void>;
}

/** What a stream needs of the world. */
export interface StreamSource {
  /** The next events after `after`, in order; fewer than a page when these are all. */
  page(runId: string, after: number): Promise<readonly StreamedEvent[]>;
  /** Calls `wake` when there may be more. */
  subscribe(runId: string, wake: () => void): () => void;
}

/** A comment is sent this often when nothing else is, so that proxies keep the connection. The promise is 15 s. */
const COMMENT_MS = 10_000;

/** Browsers and SDKs reconnect after this time. */
const RETRY_HINT = 'retry: 2000\n\n';

/** Writes one event in the form of server-sent events. `data` is JSON without line breaks. */
function frame(event: StreamedEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${event.data}\n\n`;
}

/**
 * Sends a run's events after number `after` and then follows the run until its terminal event.
 *
 * Subscribes first and reads then, so that nothing falls between the two; the cursor is the run's own numbering,
 * so that nothing is sent twice. Resolves after the terminal event, or when `signal` fires.
 */
export async function streamRun(
  runId: string,
  after: number,
  source: StreamSource,
  sink: StreamSink,
  signal: AbortSignal,
): Promise<void> {
  const alarm = new Alarm(signal);
  const unsubscribe = source.subscribe(runId, () => {
    alarm.ring();
  });
  try {
    await sink.write(RETRY_HINT);
    let cursor = after;
    while (!signal.aborted) {
      const events = await source.page(runId, cursor);
      if (events.length > 0) {
        await sink.write(events.map(frame).join(''));
        const last = events[events.length - 1];
        if (last?.terminal === true) return;
        cursor = last?.seq ?? cursor;
      } else if (!(await alarm.wait(COMMENT_MS))) {
        await sink.write(': still here\n\n');
      }
    }
  } finally {
    unsubscribe();
    alarm.dispose();
  }
}

/** Lets one reader sleep until it is rung. A ring while it is awake is kept for its next sleep. */
class Alarm {
  private rung = false;
  private wake: () => void = () => undefined;
  private readonly onAbort = (): void => {
    this.ring();
  };

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', this.onAbort);
  }

  ring(): void {
    this.rung = true;
    this.wake();
  }

  /** Sleeps until rung or `ms` passed; says whether it was rung. */
  async wait(ms: number): Promise<boolean> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const { rung } = this;
    this.rung = false;
    return rung;
  }

  dispose(): void {
    this.signal.removeEventListener('abort', this.onAbort);
  }
}
