import type { AppRequest } from '../common/http/app-request';
import type { AuditActor, AuditOrigin } from './core/audit-event';

/** What the ids of those begin with who came with an access token (`gateway/oauth`). */
const OAUTH = 'oauth:';

/** Whom a request acts for, and where it came from. */
export function originOf(request: AppRequest): AuditOrigin {
  return {
    actor: actorOf(request),
    // The whole address, also of IPv6: here it is not counted by, but found by.
    clientAddress: request.ip ?? request.socket.remoteAddress ?? null,
    client: request.headers['user-agent'] ?? null,
    requestId: request.requestId ?? null,
  };
}

function actorOf({ callerKey, session }: AppRequest): AuditActor | null {
  if (callerKey === undefined) return null;
  const { id, name } = callerKey;
  return { type: id.startsWith(OAUTH) ? 'oauth' : 'api_key', id, name, sessionId: session?.id ?? null };
}
