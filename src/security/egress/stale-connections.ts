import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Headers } from 'undici';
import type { DiagnosticsChannel, HeadersInit } from 'undici';

import { causeChain, codeOf } from './connection-failure';

/** How undici tells that the far side has ended a connection. */
const ENDED_BY_FAR_SIDE: ReadonlySet<string | null> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** RFC 9110, 9.2.2. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether a request has no other effect when it comes twice (the rule of Go's net/http, and RFC 9110, 9.2.2). */
export function isIdempotent(method: string, headers: HeadersInit): boolean {
  return IDEMPOTENT_METHODS.has(method.toUpperCase()) || Boolean(new Headers(headers).get('idempotency-key'));
}

/**
 * Tells which requests failed because a server ended a connection that was kept open, while the request was on its way:
 * the connection had carried a request before, and brought no byte after this one. undici says over its diagnostics
 * channels, and nowhere else, which connection a request goes out on.
 */
export class StaleConnections {
  /** Connections that have carried a request. */
  private readonly used = new WeakSet<Socket>();
  /** Requests on such a connection, with what it had brought when they went out. */
  private readonly sentOnUsed = new WeakMap<
    object,
    { readonly socket: Socket; readonly bytesRead: number }
  >();
  /** What those failed with, if the connection ended without a byte of an answer. */
  private readonly errors = new WeakSet();

  private readonly onSend = (message: unknown): void => {
    const { request, socket } = message as DiagnosticsChannel.ClientSendHeadersMessage;
    if (this.used.has(socket)) this.sentOnUsed.set(request, { socket, bytesRead: socket.bytesRead });
    this.used.add(socket);
  };

  private readonly onError = (message: unknown): void => {
    const { request, error } = message as DiagnosticsChannel.RequestErrorMessage;
    const sent = this.sentOnUsed.get(request);
    if (sent === undefined || sent.socket.bytesRead > sent.bytesRead) return;
    if (ENDED_BY_FAR_SIDE.has(codeOf(error))) this.errors.add(error);
  };

  constructor() {
    subscribe('undici:client:sendHeaders', this.onSend);
    subscribe('undici:request:error', this.onError);
  }

  /** Whether what a request threw came of a stale connection. */
  haveCaused(thrown: unknown): boolean {
    return causeChain(thrown).some(
      (error) => typeof error === 'object' && error !== null && this.errors.has(error),
    );
  }

  /** The channels are the process's: without this they would hold on to it. */
  close(): void {
    unsubscribe('undici:client:sendHeaders', this.onSend);
    unsubscribe('undici:request:error', this.onError);
  }
}
