import { Headers } from 'undici';
import type { BodyInit, Response } from 'undici';
import { AppError } from '../../common/errors/app-error';

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Headers that say nothing about who asks. Any other one may hold a credential (`authorization`, `cookie`,
 * `x-api-key`, a vendor's own name), so only these follow a redirect to another origin.
 */
const HEADERS_WITHOUT_SECRETS: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'cache-control',
  'content-language',
  'content-type',
  'user-agent',
]);

/** Headers that describe a body, meaningless once it is dropped. */
const BODY_HEADERS = ['content-type', 'content-length', 'content-language', 'content-encoding'];

/** One request of a chain of redirects. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly body: BodyInit | null;
}

/** Whether a response points elsewhere (a 304 or a 300 without address does not). */
export function isRedirect(response: Response): boolean {
  return REDIRECT_STATUSES.has(response.status) && response.headers.has('location');
}

/**
 * The request that follows from a redirect, by the rules of the Fetch standard ("HTTP-redirect fetch"):
 * 303, and 301 or 302 after a POST, become a GET without body; 307 and 308 repeat the request.
 * @throws AppError PROTOCOL_ERROR when the address cannot be read
 */
export function followRedirect(
  hop: Hop,
  headers: Headers,
  response: Response,
): Hop & { readonly headers: Headers } {
  const location = response.headers.get('location') ?? '';
  if (!URL.canParse(location, hop.url.href)) {
    throw new AppError('PROTOCOL_ERROR', `${hop.url.host} redirected to something that is no address`);
  }
  const url = new URL(location, hop.url);
  const method = hop.method.toUpperCase();
  const becomesGet =
    (response.status === 303 && method !== 'GET' && method !== 'HEAD') ||
    ((response.status === 301 || response.status === 302) && method === 'POST');
  const kept = new Headers(headers);
  if (url.origin !== hop.url.origin) {
    for (const name of [...kept.keys()]) if (!HEADERS_WITHOUT_SECRETS.has(name)) kept.delete(name);
  }
  if (becomesGet) for (const name of BODY_HEADERS) kept.delete(name);
  return {
    url,
    method: becomesGet ? 'GET' : hop.method,
    body: becomesGet ? null : hop.body,
    headers: kept,
  };
}
