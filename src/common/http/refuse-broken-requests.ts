import { randomUUID } from 'node:crypto';
import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { SECURITY_HEADERS } from './security-headers.middleware';

/** Node's codes for what it gives up on before there is a request; anything else is a 400. */
const REFUSALS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The request headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
};

/**
 * Answers what is no HTTP in our own form: Node would send a bare 400 without any of our headers. An `Expect` that
 * Node does not know is let through, where it would answer 417 by itself: the header may be ignored (RFC 9110, 10.1.1).
 */
export function refuseBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket & OnGoing) => {
    if (socket.writable && socket._httpMessage?.headersSent !== true) socket.write(answerTo(error));
    socket.destroy();
  });
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
}

/** The answer that is being sent on a connection; Node's own handler looks at it too. */
interface OnGoing {
  readonly _httpMessage?: { readonly headersSent: boolean };
}

function answerTo({ code = '' }: NodeJS.ErrnoException): string {
  const [status, detail] = REFUSALS[code] ?? [400, 'The request is not valid HTTP'];
  const requestId = randomUUID();
  const body = JSON.stringify({ detail, code: 'INVALID_REQUEST', request_id: requestId });
  const headers = [
    ...SECURITY_HEADERS,
    ['X-Request-Id', requestId],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Content-Length', Buffer.byteLength(body)],
    ['Connection', 'close'],
  ].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join('')}\r\n${body}`;
}
