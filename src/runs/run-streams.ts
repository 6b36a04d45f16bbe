import { Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { Shutdown } from '../common/shutdown/shutdown';
import { Together } from '../common/together';
import { isConnectionFailure } from '../database/connection-failure';
import { RunEventHub } from './run-event-hub';
import { type PageRequest, RunRepository } from './run.repository';
import {
  farewell,
  followRun,
  type RunNews,
  sendNews,
  type StreamPage,
  type StreamSink,
  type StreamSource,
} from './run-stream';

/** A read begins after everybody who shares its pages has asked: nobody gets a page from before he was woken. */
const READS = { rounds: 2, size: 1_000, failsAll: isConnectionFailure };

/** Bounds what one read holds in memory: a page has 500 events of up to some 4 kB. */
const PAGES_A_READ = 20;

const NO_EVENTS: StreamPage = { events: [], isComplete: true };

/** The streams that are open on this process. */
@Injectable()
export class RunStreams {
  private readonly logger = new Logger(RunStreams.name);
  private readonly open = new Set<AbortController>();
  private readonly pages = new Together<PageRequest, StreamPage>(
    (requests) => this.readPages(requests),
    READS,
  );
  private readonly source: StreamSource = {
    page: (runId, after) => this.pages.do({ runId, after }),
    subscribe: (id, listener) => this.events.subscribe(id, listener),
  };

  constructor(
    private readonly runs: RunRepository,
    private readonly events: RunEventHub,
    private readonly shutdown: Shutdown,
  ) {
    shutdown.stopping.addEventListener('abort', () => {
      this.endAll();
    });
  }

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
      if (this.shutdown.stopping.aborted) await sink.write(farewell());
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
    if (signal.aborted || this.shutdown.stopping.aborted) abort();
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

  /** Streams that follow the same run ask for the same page, and share it. */
  private async readPages(requests: readonly PageRequest[]): Promise<StreamPage[]> {
    const names = requests.map(({ runId, after }) => `${runId} ${after}`);
    const distinct = [...new Map(requests.map((request, index) => [names[index], request]))];
    const pages = new Map<string | undefined, StreamPage>();
    for (let from = 0; from < distinct.length; from += PAGES_A_READ) {
      const some = distinct.slice(from, from + PAGES_A_READ);
      const read = await this.runs.findEventPages(some.map(([, request]) => request));
      for (const [index, page] of read.entries()) pages.set(some[index]?.[0], page);
    }
    return names.map((name) => pages.get(name) ?? NO_EVENTS);
  }

  /** Clients reconnect, to another replica or to the next start of this one. */
  private endAll(): void {
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
