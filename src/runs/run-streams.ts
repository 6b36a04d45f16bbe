import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { RunEventHub } from './run-event-hub';
import { RunRepository } from './run.repository';
import { followRun, type RunNews, sendNews, type StreamSink, type StreamSource } from './run-stream';

/** The streams that are open on this process. */
@Injectable()
export class RunStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RunStreams.name);
  private readonly open = new Set<AbortController>();
  private readonly source: StreamSource = {
    page: (id, cursor) => this.runs.findEvents(id, cursor),
    subscribe: (id, listener) => this.events.subscribe(id, listener),
  };

  constructor(
    private readonly runs: RunRepository,
    private readonly events: RunEventHub,
  ) {}

  /** How many clients follow a run here. */
  get count(): number {
    return this.open.size;
  }

  /** How far a run's events go; null when there is no such run. */
  head(runId: string): Promise<{ seq: number; ended: boolean } | null> {
    return this.runs.findStreamHead(runId);
  }

  /**
   * Sends the events after number `after` until the terminal one, until `response` closes, or until the process
   * stops. Never rejects: by then the answer has begun, and a client that is cut off resumes by number.
   */
  async send(runId: string, after: number, sink: StreamSink, response: Response): Promise<void> {
    try {
      await sendNews(this.follow(runId, after, closeSignal(response)), sink);
    } catch (error) {
      this.logger.debug(
        `Stream of run ${runId} broke off: ${error instanceof Error ? error.message : String(error)}`,
      );
      response.destroy();
    }
  }

  /**
   * Gives the events after number `after`, and previews, as {@link followRun} does, until the terminal event, until
   * `signal` fires, or until the process stops.
   */
  async *follow(runId: string, after: number, signal: AbortSignal): AsyncGenerator<RunNews, void, undefined> {
    const client = new AbortController();
    const abort = (): void => {
      client.abort();
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    this.open.add(client);
    try {
      yield* followRun(runId, after, this.source, client.signal);
    } finally {
      this.open.delete(client);
      signal.removeEventListener('abort', abort);
    }
  }

  /**
   * Waits until a run has ended, `ms` (a whole number) have passed, the client of `response` has gone, or the process
   * stops.
   */
  async waitForEnd(runId: string, ms: number, response: Response): Promise<void> {
    const signal = AbortSignal.any([AbortSignal.timeout(ms), closeSignal(response)]);
    const news = this.follow(runId, 0, signal);
    while ((await news.next()).done !== true);
  }

  /** Ends every stream: clients reconnect, to another replica or to the next start of this one. */
  beforeApplicationShutdown(): void {
    for (const client of this.open) client.abort();
  }
}

function closeSignal(response: Response): AbortSignal {
  const closed = new AbortController();
  response.on('close', () => {
    closed.abort();
  });
  return closed.signal;
}
