import type { ServerResponse } from 'node:http';

import type {
  AuthInfo,
  JSONRPCMessage,
  JSONRPCRequest,
  McpServer,
  Transport,
} from '@modelcontextprotocol/server';

import { beginEventStream, toEvent } from './event-stream';

/** An answer that takes longer comes in a stream, by which the client and proxies see that somebody works on it. */
const SOON_MS = 1_000;

/**
 * One request of the earlier era and its answer: a JSON document when nothing is told before it and it comes soon, else
 * a stream of events. The SDK's own transport for it makes a stream of every answer, by web streams in several layers,
 * and takes four times as long.
 */
export class RequestExchange implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: NonNullable<Transport['onmessage']>;
  private isStream = false;
  private isOver = false;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly request: JSONRPCRequest,
    private readonly response: ServerResponse,
  ) {}

  /** Lets `server` answer a request; resolves when the answer has been sent, or its client has gone. */
  static async serve(
    server: McpServer,
    request: JSONRPCRequest,
    response: ServerResponse,
    authInfo: AuthInfo,
  ): Promise<void> {
    if (response.destroyed) return;
    const exchange = new RequestExchange(request, response);
    const ended = new Promise<void>((resolve) => {
      response.once('close', () => {
        exchange.end();
        resolve();
      });
    });
    await server.connect(exchange);
    exchange.timer = setTimeout(() => {
      exchange.openStream();
    }, SOON_MS);
    exchange.onmessage?.(request, { authInfo });
    await ended;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.response.destroy();
    return Promise.resolve();
  }

  send(message: JSONRPCMessage, options?: { readonly relatedRequestId?: unknown }): Promise<void> {
    if (!this.isOver) {
      if (!('method' in message)) this.answer(message);
      // What belongs to no request has nowhere to go: there are no sessions.
      else if (options?.relatedRequestId === this.request.id) this.tell(message);
    }
    return Promise.resolve();
  }

  private answer(message: JSONRPCMessage): void {
    const { response } = this;
    this.isOver = true;
    clearTimeout(this.timer);
    if (this.isStream) {
      response.end(toEvent(message));
      return;
    }
    const body = JSON.stringify(message);
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  private tell(message: JSONRPCMessage): void {
    this.openStream();
    // A client that does not read is told nothing more: its answer is what it waits for.
    if (!this.response.writableNeedDrain) this.response.write(toEvent(message));
  }

  private openStream(): void {
    if (this.isStream) return;
    this.isStream = true;
    clearTimeout(this.timer);
    beginEventStream(this.response);
  }

  /** The connection is done with this exchange, or gone: then whoever works for it is told. */
  private end(): void {
    clearTimeout(this.timer);
    if (this.isOver) return;
    this.isOver = true;
    this.onclose?.();
  }
}
