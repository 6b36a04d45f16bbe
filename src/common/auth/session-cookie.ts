import type { Request } from 'express';

/** A browser keeps a cookie of this name only for the host that set it over TLS: no neighbour can plant one. */
const NAME_OVER_TLS = '__Host-mcp_session';
const NAME_IN_CLEAR = 'mcp_session';

/**
 * What the cookie of a browser's session is called. Over TLS, which the connection or TRUST_PROXY proxies tell of, it
 * has the name that browsers guard.
 */
export function sessionCookieName({ secure }: Pick<Request, 'secure'>): string {
  return secure ? NAME_OVER_TLS : NAME_IN_CLEAR;
}
