import { SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Transport } from '@modelcontextprotocol/client';
import { Response } from 'undici';
import { AppError } from '../../common/errors/app-error';
import { toConnectionError } from '../../security/egress/connection-failure';
import type { EgressFetch, EgressRequest } from '../../security/egress/egress-guard';
import type { Exchange, Exchanges } from './exchange';
import { MAX_ANSWER_BYTES, nameOf, type HttpServer } from './mcp-server-config';
import { isEventStream, readBounded, watchResponse } from './watched-response';

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

/** `fetch` as the transports want it: undici's own types and the platform's differ in name only. */
type PlatformFetch = typeof globalThis.fetch;

/** Streamable HTTP through the egress guard, every answer bounded. */
export function createStreamableTransport(
  server: HttpServer,
  fetch: EgressFetch,
  exchanges: Exchanges,
): StreamableHTTPClientTransport {
  const name = nameOf(server);
  const watched = async (url: string | URL, init: EgressRequest = {}): Promise<Response> => {
    const exchange = exchanges.current?.ownsRequests === true ? exchanges.current : null;
    // The SDK's own signal ends every request of the connection, and a long-lived one gathers listeners.
    const response = await fetch(url, exchange === null ? init : { ...init, signal: exchange.requestSignal });
    if (init.method !== 'POST' || !response.ok) return watchStream(response);
    if (!isEventStream(response)) return readAnswer(response, server);
    return exchange === null ? watchStream(response) : watchAnswer(response, name, exchange);
  };
  return new StreamableHTTPClientTransport(new URL(server.url), {
    fetch: watched as unknown as PlatformFetch,
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
  fetch: EgressFetch,
  lost: (error: AppError) => void,
): Transport {
  const name = nameOf(server);
  const watched = async (url: string | URL, init: EgressRequest = {}): Promise<Response> => {
    const response = await fetch(url, init);
    if (!isEventStream(response)) return watchStream(response);
    return watchResponse(
      response,
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
    fetch: watched as unknown as PlatformFetch,
    requestInit: { headers: { ...server.headers } },
  });
}

function tooLarge(name: string): AppError {
  return new AppError('OUTPUT_TOO_LARGE', `${name} answered more than ${MAX_ANSWER_BYTES} bytes`);
}

/** What a server sends by itself, and refusals: bounded, and nobody waits for it. */
function watchStream(response: Response): Response {
  return watchResponse(
    response,
    { maxBytes: MAX_ANSWER_BYTES, per: 'event' },
    { tooLarge: () => undefined, ended: () => undefined },
  );
}

function watchAnswer(response: Response, name: string, exchange: Exchange): Response {
  return watchResponse(
    response,
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

/** Whole, not as a stream: most answers are one small document, and streams cost more than it. */
async function readAnswer(response: Response, server: HttpServer): Promise<Response> {
  const body = await readBounded(response, MAX_ANSWER_BYTES).catch((error: unknown) => {
    throw toConnectionError(new URL(server.url).host, error);
  });
  if (body === null) throw tooLarge(nameOf(server));
  const { status, statusText, headers } = response;
  // 202 and 204 have no body, and may not be given one.
  return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers });
}
