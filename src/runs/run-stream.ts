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
  /** Tells `listener` until the returned function is called. */
  subscribe(runId: string, listener: StreamListener): () => void;
}

/** What a stream is told while it follows a run. Both return at once. */
export interface StreamListener {
  /** There may be more events. */
  wake(): void;
  /**
   * A step shows what it has made so far.
   * @param source names the step, or the item of one
   * @param data JSON text without line breaks
   */
  preview(source: string, data: string): void;
}

/** A comment is sent this often when nothing else is, so that proxies keep the connection. The promise is 15 s. */
const COMMENT_MS = 10_000;

/** Browsers and SDKs reconnect after this time. */
const RETRY_HINT = 'retry: 2000\n\n';

/** Writes one event in the form of server-sent events. `data` is JSON without line breaks. */
function frame(event: StreamedEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${event.data}\n\n`;
}

/** A preview has no number: a client that resumes by its last number gets the next preview, not this one. */
function previewFrame(data: string): string {
  return `event: result_preview\ndata: ${data}\n\n`;
}

/**
 * Sends a run's events after number `after` and then follows the run until its terminal event. Between the events of
 * now it sends previews, the newest of each source only: a slow client misses some and is owed none.
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
  const previews = new Map<string, string>();
  const unsubscribe = source.subscribe(runId, {
    wake: () => {
      alarm.ring();
    },
    preview: (step, data) => {
      previews.set(step, data);
      alarm.ring();
    },
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
      } else if (previews.size > 0) {
        const frames = [...previews.values()].map(previewFrame).join('');
        previews.clear();
        await sink.write(frames);
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
