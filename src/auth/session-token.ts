import type { KeyObject } from 'node:crypto';

import { errors, jwtVerify, SignJWT } from 'jose';

import type { SigningKey } from './signing-keys.service';

/** Who makes the tokens, and for whom: nobody else reads them. */
const PARTY = 'mcp-backend';

/** The one algorithm. What a token's own header names is never believed: `none` is among what it may name. */
const ALGORITHM = 'HS256';

/** What a token says. */
export interface SessionClaims {
  readonly sessionId: string;
  readonly apiKeyId: string;
  readonly csrfToken: string | null;
  readonly issuedAt: Date;
  readonly endsAt: Date;
}

/** Makes the token of a session: a JWT. Its times have whole seconds. */
export function signSessionToken(claims: SessionClaims, { id, key }: SigningKey): Promise<string> {
  const own = { sid: claims.sessionId, ...(claims.csrfToken !== null && { csrf: claims.csrfToken }) };
  return new SignJWT(own)
    .setProtectedHeader({ alg: ALGORITHM, kid: id, typ: 'JWT' })
    .setIssuer(PARTY)
    .setAudience(PARTY)
    .setSubject(claims.apiKeyId)
    .setIssuedAt(claims.issuedAt)
    .setExpirationTime(claims.endsAt)
    .sign(key);
}

/**
 * Reads a token; null when it was not made by {@link signSessionToken} with a key that `findKey` gives, or has ended.
 */
export async function readSessionToken(
  token: string,
  findKey: (id: string) => Promise<KeyObject | null>,
  now: Date,
): Promise<SessionClaims | null> {
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = typeof kid === 'string' ? await findKey(kid) : null;
        if (key === null) throw new errors.JWSInvalid('signed with a key that is not ours');
        return key;
      },
      {
        algorithms: [ALGORITHM],
        typ: 'JWT',
        issuer: PARTY,
        audience: PARTY,
        requiredClaims: ['sub', 'sid', 'iat', 'exp'],
        currentDate: now,
      },
    );
    const { sub, sid, csrf, iat = 0, exp = 0 } = payload;
    return {
      sessionId: String(sid),
      apiKeyId: String(sub),
      csrfToken: typeof csrf === 'string' ? csrf : null,
      issuedAt: new Date(iat * 1000),
      endsAt: new Date(exp * 1000),
    };
  } catch (error) {
    // What is no fault of the token, such as a database that is away, is no answer either.
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
