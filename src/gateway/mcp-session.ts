import type { AuthInfo } from '@modelcontextprotocol/server';

import type { AuditOrigin } from '../audit/core/audit-event';
import type { CallerKey } from '../common/auth/caller-key';
import type { Address } from './public-views.service';

/** What a request to the endpoint is made of, beside its message. It lasts for that one request. */
export interface McpSession {
  readonly caller: CallerKey;
  readonly address: Address;
  readonly requestId: string;
  /** Whom and where the request came from, for the audit log. */
  readonly origin: AuditOrigin;
}

/**
 * Carries a session through the SDK, which passes what it calls authentication on untouched. Without the credential:
 * nothing behind this door could pass it on.
 */
export function toAuthInfo(session: McpSession): AuthInfo {
  const { id, scopes } = session.caller;
  return { token: '', clientId: id, scopes: [...scopes], extra: { session } };
}

export function sessionOf(authInfo: AuthInfo | undefined): McpSession {
  const session = authInfo?.extra?.session;
  if (session === undefined) throw new Error('Every request to the endpoint has a session');
  return session as McpSession;
}
