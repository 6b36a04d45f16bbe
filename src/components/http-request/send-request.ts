import type { Headers } from 'undici';

import { AppError } from '../../common/errors/app-error';
import type { JsonValue } from '../../engine/core/json';
import type { EgressFetch } from '../../security/egress/egress-guard';
import { isRetryableStatus } from '../http-status';
import { retryAfterMs } from '../retry-after';
import type { HttpRequestFields } from './http-request-config';
import { decodeBody, readBody, readExcerpt } from './response-body';

/** How much of a refused answer goes into the message. */
const EXCERPT_CHARS = 300;

/** One request as it goes out. */
export interface OutgoingRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Of the answer's body. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** An answer whose status is a success. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonValue;
  /** Set when the body is not text. */
  readonly encoding: 'base64' | null;
  /** Of the body, decompressed. */
  readonly bytes: number;
}

/**
 * Sends one request and reads its answer.
 *
 * @throws AppError UNEXPECTED_STATUS with when another try may help, and what reading a body throws
 */
export async function sendRequest(
  fetch: EgressFetch,
  fields: HttpRequestFields,
  { url, headers, body, maxBytes, signal }: OutgoingRequest,
): Promise<Answer> {
  const response = await fetch(url, { method: fields.method, headers, body, signal });
  if (!isExpected(response.status, fields.expectStatus)) {
    const excerpt = await readExcerpt(response, EXCERPT_CHARS);
    signal.throwIfAborted();
    throw unexpectedStatus(fields, url, response.status, response.headers, excerpt);
  }
  const bytes = await readBody(response, { maxBytes, host: url.host, signal });
  const { value, encoding } = decodeBody(bytes, response.headers.get('content-type'), url.host);
  return { status: response.status, headers: response.headers, body: value, encoding, bytes: bytes.length };
}

function isExpected(status: number, expected: readonly number[] | null): boolean {
  return expected === null ? status >= 200 && status <= 299 : expected.includes(status);
}

function unexpectedStatus(
  { method, expectStatus }: HttpRequestFields,
  url: URL,
  status: number,
  headers: Headers,
  excerpt: string,
): AppError {
  // Without the query: it may hold a credential.
  const where = `${method} ${url.host}${url.pathname}`;
  const expected = expectStatus?.join(', ') ?? '200 to 299';
  const retryable = isRetryableStatus(status);
  const waitMs = retryable ? retryAfterMs(headers, Date.now()) : null;
  return new AppError(
    'UNEXPECTED_STATUS',
    `${where} answered ${status} (expected ${expected})${excerpt === '' ? '' : `: ${excerpt}`}`,
    { retryable, details: { status }, ...(waitMs !== null && { retryAfterMs: waitMs }) },
  );
}
