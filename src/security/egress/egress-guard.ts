import { isIP } from 'node:net';
import { Agent, buildConnector, fetch as undiciFetch, Headers } from 'undici';
import type { BodyInit, Dispatcher, HeadersInit, Response } from 'undici';
import { AppError } from '../../common/errors/app-error';
import { AddressRules } from './address-rules';
import { checkedLookup, egressDenied } from './checked-lookup';
import { toConnectionError } from './connection-failure';
import { followRedirect, isRedirect } from './redirect';
import { isIdempotent, StaleConnections } from './stale-connections';

/** How long a TCP and TLS connection may take; the caller's signal bounds everything after it. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Redirects followed for one request; the sixth fails. Enough for http→https→www→locale. */
export const MAX_REDIRECTS = 5;

/** What of `RequestInit` is passed on; a body must be replayable, because it may be sent again. */
export interface EgressRequest {
  readonly method?: string;
  readonly headers?: HeadersInit;
  /** No stream: the Fetch standard wants `duplex` for one, which is not passed on. */
  readonly body?: BodyInit | null;
  readonly signal?: AbortSignal | null;
  /** `manual` gives the redirect itself to the caller; default `follow`. */
  readonly redirect?: 'follow' | 'manual' | 'error';
}

/** `fetch`, as far as components need it. */
export type EgressFetch = (url: string | URL, init?: EgressRequest) => Promise<Response>;

/** What {@link EgressSend} sends. */
export interface EgressMessage {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Iterable<[string, string]>;
  readonly body?: string | null;
  readonly signal?: AbortSignal | null;
}

/** An answer as it comes off the connection; its body must be read to the end, or destroyed. */
export type EgressAnswer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

/** One request and its answer, and nothing besides: no redirect is followed, no body decoded. */
export type EgressSend = (url: string | URL, message: EgressMessage) => Promise<EgressAnswer>;

/** The ways out, as components are given them. */
export interface Egress {
  readonly fetch: EgressFetch;
  /** For protocols of many small messages: a sixth of what `fetch` costs (ADR 17). */
  readonly send: EgressSend;
}

/**
 * The one way out of this program for components. Every connection is checked when it is made: literal
 * addresses in the connector, names after their resolution (all addresses must be allowed, so a name
 * cannot be bound to another address in between). Redirects are followed by hand, each hop checked. A request that met a
 * connection which its server had just ended is sent once more (ADR 30).
 */
export class EgressGuard implements Egress {
  private readonly rules: AddressRules;
  /** Keeps connections open, for the next requests. */
  private readonly agent: Agent;
  /** Makes a connection for each request, so that none can be stale. */
  private readonly freshAgent: Agent;
  private readonly stale = new StaleConnections();

  /**
   * @param allow what may be reached beside public addresses: CIDRs, `private`, `loopback` (EGRESS_ALLOW)
   * @throws AppError INVALID_REQUEST for an entry that is none of them
   */
  constructor(allow: readonly string[]) {
    this.rules = new AddressRules(allow);
    const connect = buildConnector({ lookup: checkedLookup(this.rules), timeout: CONNECT_TIMEOUT_MS });
    const options: Agent.Options = {
      // The lookup hook is never called for a literal address, so both are checked.
      connect: (options, callback) => {
        const host = options.hostname.replace(/^\[|\]$/g, '');
        const refused = isIP(host) === 0 ? null : this.rules.refusedKind(host);
        if (refused === null) connect(options, callback);
        else callback(egressDenied(host, refused), null);
      },
      // The caller's signal is the time limit: undici's five minutes would cut long answers.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.agent = new Agent(options);
    this.freshAgent = new Agent({ ...options, pipelining: 0 });
  }

  /**
   * Sends an HTTP request. Credentials and unknown headers are dropped when a redirect leaves the origin.
   * @throws AppError EGRESS_DENIED, CONNECTION_FAILED or PROTOCOL_ERROR; `init.signal.reason` when aborted
   */
  readonly fetch: EgressFetch = async (url, init = {}) => {
    let hop = { url: new URL(url), method: init.method ?? 'GET', body: init.body ?? null };
    let headers = new Headers(init.headers);
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.fetchOnce(hop.url, { ...init, ...hop, headers });
      if (init.redirect === 'manual' || !isRedirect(response)) return response;
      await response.body?.cancel();
      if (init.redirect === 'error' || redirects === MAX_REDIRECTS) {
        throw new AppError(
          'PROTOCOL_ERROR',
          `${hop.url.host} redirected; ${init.redirect === 'error' ? 'no redirect' : `at most ${MAX_REDIRECTS} redirects`} allowed`,
          { retryable: false },
        );
      }
      const next = followRedirect(hop, headers, response);
      headers = next.headers;
      hop = next;
    }
  };

  /**
   * Sends an HTTP request without what the Fetch standard adds to one.
   * @throws AppError EGRESS_DENIED, CONNECTION_FAILED or PROTOCOL_ERROR; `message.signal.reason` when aborted
   */
  readonly send: EgressSend = async (url, message) => {
    const { method, body = null, signal = null } = message;
    const headers = Object.fromEntries(message.headers);
    const target = typeof url === 'string' ? new URL(url) : url;
    const { origin, pathname, search, host } = target;
    assertRequestable(target);
    try {
      const request = { origin, path: pathname + search, method, headers, body, signal };
      return await this.withAgent(request, (agent) => agent.request(request));
    } catch (error) {
      signal?.throwIfAborted();
      throw toConnectionError(host, error);
    }
  };

  /** Ends every connection, also those in use. */
  async close(): Promise<void> {
    await Promise.all([this.agent.destroy(), this.freshAgent.destroy()]);
    this.stale.close();
  }

  private async fetchOnce(url: URL, init: EgressRequest): Promise<Response> {
    assertRequestable(url);
    try {
      const request = {
        method: init.method ?? 'GET',
        headers: init.headers ?? {},
        body: init.body ?? null,
        signal: init.signal ?? null,
        redirect: 'manual',
      } as const;
      return await this.withAgent(request, (dispatcher) => undiciFetch(url, { ...request, dispatcher }));
    } catch (error) {
      init.signal?.throwIfAborted();
      // undici reports what the network did as the cause; without one the request itself is malformed.
      if (error instanceof Error && error.cause === undefined) throw error;
      throw toConnectionError(url.host, error);
    }
  }

  /** Sends a request, and once more on a new connection if that of the first time was stale and twice does no harm. */
  private async withAgent<T>(
    { method, headers }: { readonly method: string; readonly headers: HeadersInit },
    send: (agent: Agent) => Promise<T>,
  ): Promise<T> {
    try {
      return await send(this.agent);
    } catch (error) {
      if (!this.stale.haveCaused(error) || !isIdempotent(method, headers)) throw error;
      return send(this.freshAgent);
    }
  }
}

function assertRequestable({ protocol, username, password, host }: URL): void {
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new AppError(
      'EGRESS_DENIED',
      `Addresses with ${protocol} are not allowed: only http: and https: are`,
    );
  }
  // A far side may name such a one, as by a redirect; `fetch` takes none.
  if (username !== '' || password !== '') {
    throw new AppError('EGRESS_DENIED', `The address of ${host} must not hold a user name or password`);
  }
}
