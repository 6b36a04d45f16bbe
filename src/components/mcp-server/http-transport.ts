import { SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Transport } from '@modelcontextprotocol/client';
import type { Response } from 'undici';
import { AppError } from '../../common/errors/app-error';
import { isJsonObject } from '../../engine/core/json';
import { toConnectionError } from '../../security/egress/connection-failure';
import type { EgressAnswer, EgressMessage, EgressSend } from '../../security/egress/egress-guard';
import { readBounded } from '../read-bounded';
import { readStart } from './early-answer';
import type { Exchange, Exchanges } from './exchange';
import { MAX_ANSWER_BYTES, nameOf, type HttpServer } from './mcp-server-config';
import { unexpectedStatus } from './mcp-failure';
import { isEventStream, type WatchedAnswer, watchedResponse } from './watched-response';
import { WholeResponse } from './whole-response';

/**
 * How long after the end of a stream its answer may still be on the way through the SDK; then there is none.
 */
const LATE_ANSWER_MS = 500;

/** Taking a stream up again, which servers that number their events allow. */
const RECONNECTION = {
  initialReconnectionDelay: 200,
  maxReconnectionDelay: 2000,
  reconnectionDelayGrowFactor: 2,
  maxRetries: 3,
};

/** `fetch` as the transports want it: of what it takes and gives they use a part. */
type PlatformFetch = typeof globalThis.fetch;

/** The same, as far as the transports use it. They follow redirects themselves, inside the server's origin. */
type TransportFetch = (url: string | URL, init?: Partial<EgressMessage>) => Promise<Response | WholeResponse>;

/** Streamable HTTP through the egress guard, every answer bounded. */
export function createStreamableTransport(
  server: HttpServer,
  send: EgressSend,
  exchanges: Exchanges,
): StreamableHTTPClientTransport {
  const fetch: TransportFetch = async (url, init = {}) => {
    const exchange = exchanges.current?.ownsRequests === true ? exchanges.current : null;
    // The SDK's own signal ends every request of the connection, and a long-lived one gathers listeners.
    const message = toMessage(init, exchange === null ? init.signal : exchange.requestSignal);
    const answer = await send(url, message);
    if (message.method !== 'POST' || !isOk(answer)) {
      exchange?.noteStream();
      return watchStream(answer);
    }
    if (isEventStream(answer)) return readStream(answer, server, exchange);
    if (answer.statusCode === 202 && isRequest(message)) {
      await answer.body.dump();
      // The SDK would wait for ever for what comes in no other way.
      throw new AppError('PROTOCOL_ERROR', `${nameOf(server)} answered HTTP 202 without the result`);
    }
    return readDocument(answer, server);
  };
  return new StreamableHTTPClientTransport(new URL(server.url), {
    fetch: fetch as unknown as PlatformFetch,
    requestInit: { headers: { ...server.headers } },
    reconnectionOptions: RECONNECTION,
  });
}

/**
 * HTTP with server-sent events (2024-11-05): one stream carries every answer.
 * @param lost called when the stream has ended: the session ends with it
 */
export function createSseTransport(
  server: HttpServer,
  send: EgressSend,
  lost: (error: AppError) => void,
): Transport {
  const name = nameOf(server);
  const fetch: TransportFetch = async (url, init = {}) => {
    const answer = await send(url, toMessage(init, init.signal));
    // The SDK keeps the status in its words alone.
    if (answer.statusCode >= 400) lost(unexpectedStatus(name, answer.statusCode));
    if (!isEventStream(answer)) return watchStream(answer);
    return watchedResponse(
      answer,
      { maxBytes: MAX_ANSWER_BYTES, per: 'event' },
      {
        tooLarge: () => {
          lost(tooLarge(name));
        },
        ended: () => {
          lost(new AppError('CONNECTION_FAILED', `${name} ended the connection`));
        },
      },
    );
  };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- for servers that have no other transport
  return new SSEClientTransport(new URL(server.url), {
    fetch: fetch as unknown as PlatformFetch,
    requestInit: { headers: { ...server.headers } },
  });
}

function toMessage(
  { method = 'GET', headers = [], body = null }: Partial<EgressMessage>,
  signal: AbortSignal | null = null,
): EgressMessage {
  return { method, headers, body, signal };
}

/** Whether a message wants an answer; notifications and answers of ours do not. */
function isRequest({ body }: EgressMessage): boolean {
  const message: unknown = JSON.parse(body ?? 'null');
  return isJsonObject(message) && 'id' in message && 'method' in message;
}

function isOk({ statusCode }: EgressAnswer): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function tooLarge(name: string): AppError {
  return new AppError('OUTPUT_TOO_LARGE', `${name} answered more than ${MAX_ANSWER_BYTES} bytes`);
}

/** What a server sends by itself, and refusals: bounded, and nobody waits for it. */
function watchStream(answer: WatchedAnswer): Response {
  return watchedResponse(
    answer,
    { maxBytes: MAX_ANSWER_BYTES, per: 'event' },
    { tooLarge: () => undefined, ended: () => undefined },
  );
}

/** The answer of an event stream; as a stream only when the server tells something before it. */
async function readStream(
  answer: EgressAnswer,
  server: HttpServer,
  exchange: Exchange | null,
): Promise<Response | WholeResponse> {
  const start = await readStart(answer.body, MAX_ANSWER_BYTES);
  if (start.answer !== null) {
    const headers = { ...answer.headers, 'content-type': 'application/json' };
    return new WholeResponse(answer.statusCode, headers, start.answer);
  }
  if (exchange === null) return watchStream({ ...answer, body: start.body });
  exchange.noteStream();
  const name = nameOf(server);
  return watchedResponse(
    { ...answer, body: start.body },
    { maxBytes: MAX_ANSWER_BYTES, per: 'answer' },
    {
      tooLarge: () => {
        exchange.fail(tooLarge(name));
      },
      // The SDK waits for ever for the answer of a stream that has ended without one.
      ended: (resumable) => {
        if (resumable) return;
        setTimeout(() => {
          exchange.fail(new AppError('CONNECTION_FAILED', `${name} ended its answer before the result`));
        }, LATE_ANSWER_MS).unref();
      },
    },
  );
}

/** An answer that is one document. */
async function readDocument(answer: EgressAnswer, server: HttpServer): Promise<WholeResponse> {
  const body = await readBounded(answer.body, MAX_ANSWER_BYTES).catch((error: unknown) => {
    throw toConnectionError(new URL(server.url).host, error);
  });
  if (body === null) throw tooLarge(nameOf(server));
  return new WholeResponse(answer.statusCode, answer.headers, new TextDecoder().decode(body));
}
