import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { RunEventHub } from './run-event-hub';
import { RunRepository } from './run.repository';
import { type StreamListener, streamRun, type StreamSink } from './run-stream';

/** The streams that are open on this process. */
@Injectable()
export class RunStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RunStreams.name);
  private readonly open = new Set<AbortController>();

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
    const client = new AbortController();
    this.open.add(client);
    response.on('close', () => {
      client.abort();
    });
    try {
      const source = {
        page: (id: string, cursor: number) => this.runs.findEvents(id, cursor),
        subscribe: (id: string, listener: StreamListener) => this.events.subscribe(id, listener),
      };
      await streamRun(runId, after, source, sink, client.signal);
    } catch (error) {
      this.logger.debug(
        `Stream of run ${runId} broke off: ${error instanceof Error ? error.message : String(error)}`,
      );
      response.destroy();
    } finally {
      this.open.delete(client);
    }
  }

  /** Ends every stream: clients reconnect, to another replica or to the next start of this one. */
  beforeApplicationShutdown(): void {
    for (const client of this.open) client.abort();
  }
}
