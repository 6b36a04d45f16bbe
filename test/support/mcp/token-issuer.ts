import { createServer } from 'node:http';

import { exportJWK, generateKeyPair, SignJWT } from 'jose';

import { closeServer, listenOnLoopback } from '../loopback-server';

/** An OAuth issuer as far as a resource server meets it: metadata, published keys, and tokens signed by them. */
export interface TokenIssuer {
  readonly url: string;
  /** @param claims over those of a good token: scope `read run`, for the audience, for ten minutes */
  token(claims?: Readonly<Record<string, unknown>>, isForged?: boolean): Promise<string>;
  close(): Promise<void>;
}

export async function startTokenIssuer(audience: string): Promise<TokenIssuer> {
  const kid = 'first';
  const own = await generateKeyPair('ES256');
  const foreign = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(own.publicKey)), kid, alg: 'ES256' };
  const server = createServer((request, response) => {
    const documents: Record<string, object> = {
      '/.well-known/oauth-authorization-server': { issuer: url, jwks_uri: `${url}/keys` },
      '/keys': { keys: [jwk] },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  const url = await listenOnLoopback(server);
  return {
    url,
    token(claims = {}, isForged = false) {
      const inTenMinutes = Math.floor(Date.now() / 1000) + 600;
      return new SignJWT({
        iss: url,
        aud: audience,
        sub: 'ann',
        exp: inTenMinutes,
        scope: 'read run',
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid })
        .sign(isForged ? foreign.privateKey : own.privateKey);
    },
    close: () => closeServer(server),
  };
}
