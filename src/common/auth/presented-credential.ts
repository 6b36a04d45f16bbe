import { parseCookie } from 'cookie';
import type { Request } from 'express';

import { sessionCookieName } from './session-cookie';

/** By what a request says who sends it; not yet looked at. */
export type PresentedCredential =
  | { readonly kind: 'api_key'; readonly text: string }
  | { readonly kind: 'session'; readonly text: string; readonly from: 'header' | 'cookie' };

/**
 * The credential of a request; null when it has none. A header counts before the cookie, which a browser adds without
 * being asked: whoever sends a header means it.
 */
export function presentedCredential(
  request: Pick<Request, 'headers' | 'secure'>,
): PresentedCredential | null {
  const { 'x-api-key': key, authorization, cookie } = request.headers;
  if (typeof key === 'string' && key !== '') return { kind: 'api_key', text: key };
  if (authorization !== undefined && authorization !== '') {
    const text = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
    return isSessionToken(text) ? { kind: 'session', text, from: 'header' } : { kind: 'api_key', text };
  }
  const text = cookie === undefined ? undefined : parseCookie(cookie)[sessionCookieName(request)];
  return text === undefined || text === '' ? null : { kind: 'session', text, from: 'cookie' };
}

/** A signed JWT has three parts with dots between (RFC 7515, section 7.1); an API key has no dot. */
function isSessionToken(text: string): boolean {
  return text.split('.').length === 3;
}
