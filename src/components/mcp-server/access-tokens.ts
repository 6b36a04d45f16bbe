import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { Headers, type Response } from 'undici';
import { AppError } from '../../common/errors/app-error';
import type { Egress, EgressSend } from '../../security/egress/egress-guard';
import { isRetryableStatus } from '../http-status';
import { readBounded } from '../read-bounded';
import { orAborted, withTimeLimit } from '../time-limit';
import type { ClientCredentials, ServerAuth } from './server-auth';

/** How long a token endpoint may take. */
const ENDPOINT_SECONDS = 15;

/** The most that it may answer. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** How long a token is used that does not say when it expires; a server that refuses it earlier gets a new one. */
const DEFAULT_LIFE_SECONDS = 3600;

/** A token is replaced this long before its end, so that none expires on its way. */
const MARGIN_SECONDS = 30;

/** Tokens kept. */
const KEPT = 1000;

interface AccessToken {
  readonly value: string;
  /** On the clock of `performance.now()`. */
  readonly renewAt: number;
}

/** Access tokens by OAuth 2 client credentials (RFC 6749, 4.4): asked for once, and shared until they expire. */
export class AccessTokens {
  private readonly tokens = new LRUCache<string, Promise<AccessToken>>({ max: KEPT });

  /** @param egress the guard: token endpoints are addresses of users too */
  constructor(private readonly egress: Egress) {}

  /** `send` with the server's authorization; a token that is refused is replaced once. */
  authorized(auth: ServerAuth | null): EgressSend {
    const { send } = this.egress;
    if (auth === null) return send;
    const sendWith: (token: string) => EgressSend = (token) => (url, message) => {
      const headers = new Headers([...message.headers]);
      headers.set('authorization', `Bearer ${token}`);
      return send(url, { ...message, headers });
    };
    if (auth.type === 'bearer') return sendWith(auth.token);
    return async (url, message) => {
      const { signal = null } = message;
      const token = await this.get(auth, signal);
      const answer = await sendWith(token)(url, message);
      if (answer.statusCode !== 401) return answer;
      await answer.body.dump();
      await this.forget(auth, token);
      return sendWith(await this.get(auth, signal))(url, message);
    };
  }

  private async get(auth: ClientCredentials, signal: AbortSignal | null): Promise<string> {
    const key = keyOf(auth);
    const known = this.tokens.get(key);
    if (known !== undefined) {
      const token = await waitFor(known, signal);
      if (performance.now() < token.renewAt) return token.value;
      if (this.tokens.get(key) === known) this.tokens.delete(key);
    }
    const asked = this.tokens.get(key) ?? this.ask(auth);
    this.tokens.set(key, asked);
    asked.catch(() => {
      if (this.tokens.get(key) === asked) this.tokens.delete(key);
    });
    return (await waitFor(asked, signal)).value;
  }

  private async forget(auth: ClientCredentials, refused: string): Promise<void> {
    const key = keyOf(auth);
    const known = this.tokens.get(key);
    // Another call may have replaced it already.
    if ((await known)?.value === refused && this.tokens.get(key) === known) this.tokens.delete(key);
  }

  private async ask(auth: ClientCredentials): Promise<AccessToken> {
    const { host } = new URL(auth.tokenUrl);
    const limit = withTimeLimit(
      new AbortController().signal,
      ENDPOINT_SECONDS,
      `The token endpoint ${host} did not answer within ${ENDPOINT_SECONDS} s`,
    );
    try {
      const response = await this.egress.fetch(auth.tokenUrl, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          ...(auth.clientAuth === 'basic' && { authorization: basic(auth) }),
        },
        body: form(auth),
        // The request holds the secret, which belongs to this address and no other.
        redirect: 'error',
        signal: limit.signal,
      });
      return readToken(host, response.status, await readJson(response));
    } finally {
      limit.clear();
    }
  }
}

/** A caller may leave; the token is still fetched, for the others. */
function waitFor(token: Promise<AccessToken>, signal: AbortSignal | null): Promise<AccessToken> {
  return signal === null ? token : orAborted(token, signal);
}

/** A digest: the parts hold a secret. */
function keyOf({
  tokenUrl,
  clientId,
  clientSecret,
  clientAuth,
  scope,
  resource,
  audience,
}: ClientCredentials): string {
  const parts = [tokenUrl, clientId, clientSecret, clientAuth, scope, resource, audience];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

/** RFC 6749, 2.3.1: both are form-encoded before they are joined. */
function basic({ clientId, clientSecret }: ClientCredentials): string {
  const encoded = [clientId, clientSecret].map((text) =>
    new URLSearchParams({ '': text }).toString().slice(1),
  );
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

function form({ clientId, clientSecret, clientAuth, scope, resource, audience }: ClientCredentials): string {
  const fields = {
    grant_type: 'client_credentials',
    scope,
    resource,
    audience,
    ...(clientAuth === 'post' && { client_id: clientId, client_secret: clientSecret }),
  };
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given).toString();
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  const body = await readBounded(response.body as AsyncIterable<Uint8Array> | null, MAX_ANSWER_BYTES);
  try {
    const parsed: unknown = JSON.parse(body?.toString() ?? '');
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** RFC 6749, 5.2: the only words of an endpoint that are shown; others might hold what it was sent. */
const ERROR_CODE = /^[a-z_]{1,40}$/;

function readToken(host: string, status: number, answer: Record<string, unknown>): AccessToken {
  const { access_token: value, expires_in: life, error } = answer;
  if (status === 200 && typeof value === 'string' && value !== '') {
    const seconds = typeof life === 'number' && life > 0 ? life : DEFAULT_LIFE_SECONDS;
    const margin = Math.min(MARGIN_SECONDS, seconds / 2);
    return { value, renewAt: performance.now() + (seconds - margin) * 1000 };
  }
  const why = typeof error === 'string' && ERROR_CODE.test(error) ? `: ${error}` : '';
  if (status === 200) {
    throw new AppError('PROTOCOL_ERROR', `The token endpoint ${host} gave no access token${why}`);
  }
  throw new AppError('UNEXPECTED_STATUS', `The token endpoint ${host} answered HTTP ${status}${why}`, {
    retryable: isRetryableStatus(status),
  });
}
