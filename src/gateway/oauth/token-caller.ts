import type { JWTPayload } from 'jose';

import type { CallerKey, Scope } from '../../common/auth/caller-key';

/** What a token may be allowed: what the MCP endpoint has a use for. Everything else takes a key of this server. */
export const TOKEN_SCOPES = ['read', 'run'] as const satisfies readonly Scope[];

/** Whom a checked token lets in: its subject, with those of its scopes that are ours (`scope` of RFC 9068, or `scp`). */
export function toCaller({ sub = '', scope, scp }: JWTPayload): CallerKey {
  const granted = [scope, scp].flatMap((claim) => {
    if (typeof claim === 'string') return claim.split(' ');
    return Array.isArray(claim) ? (claim as unknown[]) : [];
  });
  return {
    id: `oauth:${sub}`,
    name: sub,
    scopes: TOKEN_SCOPES.filter((known) => granted.includes(known)),
    toolsetIds: null,
  };
}
