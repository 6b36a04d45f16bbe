import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose';

import { readSessionToken, type SessionClaims, signSessionToken } from './session-token';

const now = new Date('2026-05-01T10:00:00Z');
const claims: SessionClaims = {
  sessionId: '019a0000-0000-7000-8000-000000000001',
  apiKeyId: '019a0000-0000-7000-8000-000000000002',
  csrfToken: 'csrf',
  issuedAt: now,
  endsAt: new Date('2026-05-01T10:15:00Z'),
};
const ours = { id: 'k1', key: createSecretKey(randomBytes(32)) };
const theirs = createSecretKey(randomBytes(32));

const read = (token: string, at: Date = now): Promise<SessionClaims | null> =>
  readSessionToken(
    token,
    (id): Promise<KeyObject | null> => Promise.resolve(id === 'k1' ? ours.key : null),
    at,
  );

/** A token like ours but for what is given. */
function altered({
  header = {},
  change = (jwt) => jwt,
  key = ours.key,
}: {
  header?: Partial<JWTHeaderParameters>;
  change?: (jwt: SignJWT) => SignJWT;
  key?: KeyObject;
} = {}): Promise<string> {
  const jwt = new SignJWT({ sid: claims.sessionId })
    .setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'JWT', ...header })
    .setIssuer('mcp-backend')
    .setAudience('mcp-backend')
    .setSubject(claims.apiKeyId)
    .setIssuedAt(now)
    .setExpirationTime(claims.endsAt);
  return change(jwt).sign(key);
}

describe('a session token', () => {
  it('is read as it was signed, with a CSRF token or without', async () => {
    expect(await read(await signSessionToken(claims, ours))).toEqual(claims);
    const plain = { ...claims, csrfToken: null };
    expect(await read(await signSessionToken(plain, ours))).toEqual(plain);
    expect(await read(await altered())).toEqual(plain);
  });

  it('is good until its end and not at it', async () => {
    const token = await signSessionToken(claims, ours);
    expect(await read(token, new Date(claims.endsAt.getTime() - 1000))).toEqual(claims);
    expect(await read(token, claims.endsAt)).toBeNull();
  });

  it.each<[string, () => Promise<string> | string]>([
    ['signed by another key under the name of ours', () => altered({ key: theirs })],
    ['signed by a key that nobody knows', () => altered({ header: { kid: 'k2' } })],
    ['that names no key', () => altered({ header: { kid: undefined } as never })],
    ['signed by another algorithm with our key', () => altered({ header: { alg: 'HS512' } })],
    [
      'of the algorithm "none"',
      () =>
        new UnsecuredJWT({ sid: claims.sessionId })
          .setIssuer('mcp-backend')
          .setAudience('mcp-backend')
          .setSubject(claims.apiKeyId)
          .setIssuedAt(now)
          .setExpirationTime(claims.endsAt)
          .encode(),
    ],
    ['of another issuer', () => altered({ change: (jwt) => jwt.setIssuer('other') })],
    ['for another audience', () => altered({ change: (jwt) => jwt.setAudience('other') })],
    [
      'that never ends',
      () =>
        new SignJWT({ sid: claims.sessionId })
          .setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'JWT' })
          .setIssuer('mcp-backend')
          .setAudience('mcp-backend')
          .setSubject(claims.apiKeyId)
          .setIssuedAt(now)
          .sign(ours.key),
    ],
    ['that is none', () => 'a.b.c'],
    ['that is empty', () => ''],
  ])('is refused when it is one %s', async (_case, make) => {
    expect(await read(await make())).toBeNull();
  });

  it('is refused when one character of its payload is another', async () => {
    const [header, payload = '', signature] = (await signSessionToken(claims, ours)).split('.');
    const forged = Buffer.from(payload, 'base64url').toString().replace(claims.apiKeyId, claims.sessionId);
    expect(await read([header, Buffer.from(forged).toString('base64url'), signature].join('.'))).toBeNull();
  });

  it('lets through what is no fault of its own', async () => {
    const token = await signSessionToken(claims, ours);
    const away = (): Promise<never> => Promise.reject(new Error('the database is away'));
    await expect(readSessionToken(token, away, now)).rejects.toThrow('the database is away');
  });
});
