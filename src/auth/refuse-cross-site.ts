import { timingSafeEqual } from 'node:crypto';

import type { Request } from 'express';

import { AppError } from '../common/errors/app-error';
import { SAFE_METHODS } from '../common/http/safe-methods';

export const CSRF_HEADER = 'X-CSRF-Token';

type SentByBrowser = Pick<Request, 'method' | 'headers' | 'host'>;

/**
 * Refuses what a browser's cookie came with unless our own page sent it. `SameSite=Strict` keeps other sites away;
 * this keeps away their neighbours below the same domain, and browsers that do not know the attribute.
 *
 * @param csrfToken the session's, which only a page of ours can have read
 * @throws AppError FORBIDDEN
 */
export function refuseCrossSite(request: SentByBrowser, csrfToken: string | null): void {
  const isSafe = SAFE_METHODS.has(request.method);
  if (!comesFromOurs(request, isSafe)) {
    throw new AppError('FORBIDDEN', "A session's cookie counts only on requests of this server's own pages");
  }
  const given = request.headers[CSRF_HEADER.toLowerCase()];
  if (!isSafe && (csrfToken === null || !isSame(given, csrfToken))) {
    throw new AppError(
      'FORBIDDEN',
      `${CSRF_HEADER}: must be the csrf_token that the session was begun with, since its cookie came along`,
    );
  }
}

/** By what the browser itself says: `Sec-Fetch-Site`, or, in older ones, `Origin`. Programs say neither. */
function comesFromOurs({ headers, host }: SentByBrowser, isSafe: boolean): boolean {
  const site = headers['sec-fetch-site'];
  // "none": somebody typed the address, which only ever asks.
  if (site !== undefined) return site === 'same-origin' || (isSafe && site === 'none');
  const { origin } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function isSame(given: string | string[] | undefined, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
