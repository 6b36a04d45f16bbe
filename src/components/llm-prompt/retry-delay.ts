import { isJsonObject, type JsonValue } from '../../engine/core/json';
import { readAmount, retryAfterMs } from '../retry-after';

/** The first wait where the provider names none; each further one is twice as long. */
const FIRST_DELAY_MS = 1_000;

/** What of an answer says when to ask again. */
export interface RefusedAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** The body's text. */
  readonly body: string;
}

/** When to ask again, and whether the provider said so itself. */
export interface RetryDelay {
  readonly ms: number;
  readonly isTold: boolean;
}

/** "Too many requests" (RFC 6585) and Anthropic's and others' "overloaded". */
export function isRateLimit(status: number): boolean {
  return status === 429 || status === 529;
}

/**
 * How long to wait before a refused request is sent again; null: do not. The provider's word counts: the header
 * `retry-after-ms` (OpenAI, Azure), `retry-after` in seconds or as a date (RFC 9110, 10.2.3), or the `RetryInfo` in the
 * body of Google's errors. A rate limit without any is tried again with growing waits; another status is not.
 *
 * @param attempt how often the request was refused before
 */
export function retryDelay(answer: RefusedAnswer, attempt: number, now: number): RetryDelay | null {
  const { status, headers, body } = answer;
  // OpenAI's and Anthropic's own clients obey this header.
  if (headers.get('x-should-retry') === 'false' || isQuotaSpent(body)) return null;
  const told = retryAfterMs(headers, now) ?? (isRateLimit(status) ? toldByBody(body) : null);
  if (isRateLimit(status)) {
    return told === null ? { ms: FIRST_DELAY_MS * 2 ** attempt, isTold: false } : { ms: told, isTold: true };
  }
  return status === 503 && told !== null ? { ms: told, isTold: true } : null;
}

/** OpenAI's 429 for an account without money: no wait mends that. */
export function isQuotaSpent(body: string): boolean {
  return body.includes('insufficient_quota');
}

/** `{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}` */
function toldByBody(body: string): number | null {
  const error = member(parsed(body), 'error');
  const details = member(error, 'details');
  if (!Array.isArray(details)) return null;
  for (const detail of details) {
    const delay = member(detail, 'retryDelay');
    const seconds = typeof delay === 'string' ? readAmount(delay.replace(/s$/, ''), 1_000) : null;
    if (seconds !== null) return seconds;
  }
  return null;
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return null;
  }
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return value !== undefined && isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
