/** One event as it goes out: its number in the run, its type, and its JSON text. */
export interface StreamedEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: string;
  readonly terminal: boolean;
}

/** Events in order, from one read. Streams of the same run share it. */
export interface StreamPage {
  readonly events: readonly StreamedEvent[];
  /** Whether these were all that there were. */
  readonly isComplete: boolean;
}

/** Where the stream is written to. */
export interface StreamSink {
  /** Writes; resolves when more may be written. Rejects when the client takes too long or is gone. */
  write(text: string): Promise<void>;
}

/** What a stream needs of the world. */
export interface StreamSource {
  /** The next events after `after`, as they are at some time after the call. */
  page(runId: string, after: number): Promise<StreamPage>;
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

/** What one look at a run gives who follows it. */
export type RunNews =
  | { readonly kind: 'events'; readonly events: readonly StreamedEvent[] }
  /** What its steps have made so far, as JSON text: the newest of each source. */
  | { readonly kind: 'previews'; readonly previews: readonly string[] }
  /** Nothing has happened for 10 s. */
  | { readonly kind: 'nothing' };

/** A comment is sent this often when nothing else is, so that proxies keep the connection. The promise is 15 s. */
const COMMENT_MS = 10_000;

/** Browsers and SDKs reconnect after this time. */
const RETRY_HINT = 'retry: 2000\n\n';

/** The end of a process cuts all its streams at once: clients come back spread over this time. */
const FAREWELL_RETRY_MS = { least: 250, most: 2_000 };

/** What a stream ends with when its process stops: when to come back, and that nothing is wrong. */
export function farewell(): string {
  const { least, most } = FAREWELL_RETRY_MS;
  const retryMs = Math.round(least + Math.random() * (most - least));
  return `: this server stops, connect again\nretry: ${retryMs}\n\n`;
}

/** The frames of a page, made once for all streams that share it. */
const framesOfPages = new WeakMap<readonly StreamedEvent[], string>();

function pageFrames(events: readonly StreamedEvent[]): string {
  const known = framesOfPages.get(events);
  if (known !== undefined) return known;
  const frames = events.map(frame).join('');
  framesOfPages.set(events, frames);
  return frames;
}

/** Writes one event in the form of server-sent events. `data` is JSON without line breaks. */
function frame(event: StreamedEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${event.data}\n\n`;
}

/** A preview has no number: a client that resumes by its last number gets the next preview, not this one. */
function previewFrame(data: string): string {
  return `event: result_preview\ndata: ${data}\n\n`;
}

/**
 * Gives a run's events after number `after` and then follows the run until its terminal event, or until `signal` fires.
 * Between the events of now it gives previews, the newest of each source only: who is slow misses some and is owed none.
 *
 * Subscribes first and reads then, so that nothing falls between the two; the cursor is the run's own numbering,
 * so that nothing is given twice.
 */
export async function* followRun(
  runId: string,
  after: number,
  source: StreamSource,
  signal: AbortSignal,
): AsyncGenerator<RunNews, void, undefined> {
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
    let cursor = after;
    while (!signal.aborted) {
      const { events, isComplete } = await source.page(runId, cursor);
      const last = events.at(-1);
      if (last !== undefined) {
        yield { kind: 'events', events };
        if (last.terminal) return;
        cursor = last.seq;
      } else if (previews.size > 0) {
        const shown = [...previews.values()];
        previews.clear();
        yield { kind: 'previews', previews: shown };
      }
      // What has come since that read has rung: to read again only to find nothing is not needed.
      if (isComplete && !(await alarm.wait(COMMENT_MS))) yield { kind: 'nothing' };
    }
  } finally {
    unsubscribe();
    alarm.dispose();
  }
}

/** Sends what {@link followRun} gives; resolves when that ends. */
export async function sendNews(news: AsyncIterable<RunNews>, sink: StreamSink): Promise<void> {
  await sink.write(RETRY_HINT);
  for await (const item of news) await sink.write(framesOf(item));
}

function framesOf(news: RunNews): string {
  switch (news.kind) {
    case 'events':
      return pageFrames(news.events);
    case 'previews':
      return news.previews.map(previewFrame).join('');
    case 'nothing':
      return ': still here\n\n';
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
