import type { CookieOptions, Response } from 'express';

import type { CallerKey } from '../common/auth/caller-key';
import type { AppRequest } from '../common/http/app-request';
import { sessionCookieName } from '../common/auth/session-cookie';
import type { GrantedSessionResponse, SessionResponse } from './dto/session.response';
import type { GrantedSession } from './session.service';

interface ShownSession {
  readonly id: string;
  readonly expiresAt: Date;
  readonly endsAt: Date;
  readonly csrfToken: string | null;
}

export function toSessionResponse(
  caller: CallerKey,
  { id, expiresAt, endsAt, csrfToken }: ShownSession,
): SessionResponse {
  const { id: apiKeyId, scopes } = caller;
  return { id, apiKeyId, scopes, expiresAt, endsAt, ...(csrfToken !== null && { csrfToken }) };
}

/** Gives a token to whoever will send it: in the answer, or, where a browser is to carry it, as a cookie only. */
export function giveToken(
  caller: CallerKey,
  { record, claims, token }: GrantedSession,
  request: AppRequest,
  response: Response,
): GrantedSessionResponse {
  const { endsAt: expiresAt, csrfToken } = claims;
  const shown = toSessionResponse(caller, { id: record.id, expiresAt, endsAt: record.endsAt, csrfToken });
  if (csrfToken === null) return Object.assign(shown, { token, tokenType: 'Bearer' as const });
  response.cookie(sessionCookieName(request), token, {
    ...cookieAttributes(request),
    maxAge: expiresAt.getTime() - claims.issuedAt.getTime(),
  });
  return Object.assign(shown, { tokenType: 'Cookie' as const });
}

/** Makes a browser drop its cookie. */
export function takeCookie(request: AppRequest, response: Response): void {
  response.clearCookie(sessionCookieName(request), cookieAttributes(request));
}

/** No script reads it, no other site sends it, and after TLS none sees it in clear. */
function cookieAttributes({ secure }: AppRequest): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure, path: '/' };
}
