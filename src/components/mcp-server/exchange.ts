import type { Progress } from '@modelcontextprotocol/client';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AppError } from '../../common/errors/app-error';
import type { ServerLogLine } from './upstream-servers';

/** How long a server may take to end a stream after its answer; the connection is of no use until it has. */
export const ENDING_MS = 1000;

/** What happens beside the answer while a server works for somebody. All return at once. */
export interface ExchangeEvents {
  progress(progress: Progress): void;
  /** A line of the server's log. */
  message(line: ServerLogLine): void;
  /** A line that a process wrote beside its messages. */
  output(stream: 'stdout' | 'stderr', line: string): void;
  /** The server asked us for something (`elicitation/create`, …) and was refused. */
  refused(method: string): void;
}

/** For exchanges that nobody follows. */
export const SILENT: ExchangeEvents = {
  progress: () => undefined,
  message: () => undefined,
  output: () => undefined,
  refused: () => undefined,
};

/** What one exchange with a server is given. */
export interface ExchangeContext {
  readonly signal: AbortSignal;
  readonly events: ExchangeEvents;
}

/** One question to a server and all that belongs to it until the answer. */
export class Exchange {
  private readonly failure = Promise.withResolvers<never>();
  private readonly requests = new AbortController();
  private hasStreams = false;

  /** @param ownsRequests whether its requests end with it; those that open a connection live on with that */
  constructor(
    readonly context: ExchangeContext,
    readonly ownsRequests: boolean,
  ) {
    this.failure.promise.catch(() => undefined);
  }

  /** Rejects when the exchange has failed beside the answer. */
  get failed(): Promise<never> {
    return this.failure.promise;
  }

  /** Ends the requests of this exchange alone. */
  get requestSignal(): AbortSignal {
    return this.requests.signal;
  }

  fail(error: AppError): void {
    this.failure.reject(error);
  }

  /** One of its requests is answered by a stream, which may go on after what was asked is answered. */
  noteStream(): void {
    this.hasStreams = true;
  }

  endRequests(): void {
    this.requests.abort();
  }

  /** The answer is here: streams get a moment to end by themselves, so that their connections can be used again. */
  leaveRequests(): void {
    if (!this.hasStreams) return;
    setTimeout(() => {
      this.endRequests();
    }, ENDING_MS).unref();
  }
}

/**
 * The exchanges of one connection that are under way. What arrives while a response is read runs in the asynchronous
 * context of the request that it answers, so it is known whose it is, however many there are.
 */
export class Exchanges {
  private readonly storage = new AsyncLocalStorage<Exchange>();
  private readonly underWay = new Set<Exchange>();

  /** Runs `work` as that exchange. */
  async run<Value>(exchange: Exchange, work: (exchange: Exchange) => Promise<Value>): Promise<Value> {
    this.underWay.add(exchange);
    try {
      return await this.storage.run(exchange, work, exchange);
    } finally {
      this.underWay.delete(exchange);
    }
  }

  /** The exchange that the running code serves; null for what the server sent by itself. */
  get current(): Exchange | null {
    const exchange = this.storage.getStore();
    return exchange !== undefined && this.underWay.has(exchange) ? exchange : null;
  }

  /** Whose a thing is that arrived now: the current exchange's, else the only one's; null when nobody can tell. */
  get addressee(): Exchange | null {
    const { current } = this;
    if (current !== null || this.underWay.size !== 1) return current;
    const [only = null] = this.underWay;
    return only;
  }

  failAll(error: AppError): void {
    for (const exchange of this.underWay) {
      exchange.fail(error);
      exchange.endRequests();
    }
  }
}
