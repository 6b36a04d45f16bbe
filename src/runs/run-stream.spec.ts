import {
  followRun,
  type RunNews,
  sendNews,
  type StreamedEvent,
  type StreamListener,
  type StreamPage,
  type StreamSource,
} from './run-stream';

/** A run's events in memory, which can grow while a stream follows them. */
class Log implements StreamSource {
  readonly events: StreamedEvent[] = [];
  private readonly listeners = new Set<StreamListener>();

  get subscribers(): number {
    return this.listeners.size;
  }

  add(terminal = false): void {
    const seq = this.events.length + 1;
    this.events.push({ seq, type: 'status_change', data: `{"n":${seq}}`, terminal });
    this.listeners.forEach((listener) => {
      listener.wake();
    });
  }

  show(source: string, data: string): void {
    this.listeners.forEach((listener) => {
      listener.preview(source, data);
    });
  }

  page(_runId: string, after: number): Promise<StreamPage> {
    const left = this.events.filter((event) => event.seq > after);
    return Promise.resolve({ events: left.slice(0, 2), isComplete: left.length <= 2 });
  }

  subscribe(_runId: string, listener: StreamListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));

function collect(): { text: () => string; write: (text: string) => Promise<void> } {
  let all = '';
  return {
    text: () => all,
    write: (text) => {
      all += text;
      return Promise.resolve();
    },
  };
}

const follow = (log: Log, after = 0, signal = new AbortController().signal): AsyncIterable<RunNews> =>
  followRun('r', after, log, signal);

describe('a stream of events', () => {
  it('replays every event in pages, in order, and ends after the terminal one', async () => {
    const log = new Log();
    for (let n = 1; n < 7; n++) log.add();
    log.add(true);
    const sink = collect();
    await sendNews(follow(log), sink);
    expect(sink.text().startsWith('retry: 2000\n\n')).toBe(true);
    expect(ids(sink.text())).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(log.subscribers).toBe(0);
  });

  it('goes on after the number it is given', async () => {
    const log = new Log();
    for (let n = 1; n < 4; n++) log.add();
    log.add(true);
    const sink = collect();
    await sendNews(follow(log, 2), sink);
    expect(ids(sink.text())).toEqual([3, 4]);
  });

  it('follows a run that is under way, also when events come between a read and the sleep', async () => {
    const log = new Log();
    log.add();
    const sink = collect();
    const page = log.page.bind(log);
    let grown = 1;
    log.page = async (runId, after) => {
      const events = await page(runId, after);
      // The next event arrives after this read, before the stream sleeps.
      if (grown < 5) log.add(++grown === 5);
      return events;
    };
    await sendNews(follow(log), sink);
    expect(ids(sink.text())).toEqual([1, 2, 3, 4, 5]);
  });

  it('shows the newest preview of each source, without a number and after the events that were there', async () => {
    const log = new Log();
    log.add();
    const sink = collect();
    const page = log.page.bind(log);
    let reads = 0;
    log.page = (runId, after) => {
      reads += 1;
      if (reads === 1) {
        log.show('a', '"old"');
        log.show('a', '"new"');
        log.show('b', '"other"');
      }
      return page(runId, after);
    };
    const write = sink.write.bind(sink);
    const ending = {
      write: async (text: string) => {
        await write(text);
        if (text.includes('"other"')) log.add(true);
      },
    };
    await sendNews(follow(log), ending);
    const frames = sink.text().split('\n\n');
    expect(frames.map((frame) => frame.split('\n'))).toEqual([
      ['retry: 2000'],
      ['id: 1', 'event: status_change', 'data: {"n":1}'],
      ['event: result_preview', 'data: "new"'],
      ['event: result_preview', 'data: "other"'],
      ['id: 2', 'event: status_change', 'data: {"n":2}'],
      [''],
    ]);
  });

  it('lets go of the run when the client leaves', async () => {
    const log = new Log();
    log.add();
    const client = new AbortController();
    const done = sendNews(follow(log, 0, client.signal), collect());
    client.abort();
    await done;
    expect(log.subscribers).toBe(0);
  });

  it('lets go of the run when the client does not read', async () => {
    const log = new Log();
    log.add();
    const sink = { write: () => Promise.reject(new Error('too slow')) };
    await expect(sendNews(follow(log), sink)).rejects.toThrow('too slow');
    expect(log.subscribers).toBe(0);
  });
});
