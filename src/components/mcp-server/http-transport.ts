import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import type { EgressFetch, EgressRequest } from '../../security/egress/egress-guard';
import { MAX_ANSWER_BYTES, nameOf, type HttpServer } from './mcp-server-config';
import { watchResponse } from './watched-response';

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

/**
 * Streamable HTTP through the egress guard, every answer bounded.
 * @param exchange gives the way to fail what is in progress now, asked when a request is sent
 */
export function createHttpTransport(
  server: HttpServer,
  fetch: EgressFetch,
  exchange: () => (error: AppError) => void,
): StreamableHTTPClientTransport {
  const name = nameOf(server);
  const watchedFetch = async (url: string | URL, init?: EgressRequest) => {
    const fail = exchange();
    const response = await fetch(url, init);
    const isAnswer = init?.method === 'POST';
    return watchResponse(response, MAX_ANSWER_BYTES, {
      tooLarge: () => {
        fail(new AppError('OUTPUT_TOO_LARGE', `${name} answered more than ${MAX_ANSWER_BYTES} bytes`));
      },
      // The SDK waits for ever for the answer of a stream that has ended without one.
      ended: (resumable) => {
        if (!isAnswer || resumable || !response.ok) return;
        setTimeout(() => {
          fail(new AppError('CONNECTION_FAILED', `${name} ended its answer before the result`));
        }, LATE_ANSWER_MS).unref();
      },
    });
  };
  return new StreamableHTTPClientTransport(new URL(server.url), {
    // undici's own types of fetch and the platform's differ in name only.
    fetch: watchedFetch as unknown as typeof globalThis.fetch,
    requestInit: { headers: { ...server.headers } },
    reconnectionOptions: RECONNECTION,
  });
}
