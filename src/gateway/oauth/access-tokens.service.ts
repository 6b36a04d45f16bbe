import { Injectable, Logger } from '@nestjs/common';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';

import type { CallerKey } from '../../common/auth/caller-key';
import { AppError } from '../../common/errors/app-error';
import { AppConfig, type OAuthSettings } from '../../config/app-config';
import { toCaller } from './token-caller';

/** Signatures that need no secret of ours; `none` and shared secrets are not among them. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Where an issuer says where its keys are: RFC 8414, and OpenID Connect Discovery. */
const METADATA_PATHS = ['oauth-authorization-server', 'openid-configuration'];
const METADATA_TIMEOUT_MS = 5_000;

/** How far the clocks of the issuer and ours may be apart. */
const CLOCK_TOLERANCE_SECONDS = 30;

/**
 * Access tokens of the issuer that the operator has named (`OAUTH_ISSUER`): JWTs, checked by the issuer's published keys.
 * Only those that were made for this server (`aud`) are taken: one for another resource would otherwise open ours.
 */
@Injectable()
export class AccessTokens {
  private readonly logger = new Logger('Mcp');
  private readonly settings: OAuthSettings | null;
  private keys: Promise<JWTVerifyGetKey> | null = null;

  constructor(config: AppConfig) {
    this.settings = config.oauth;
  }

  /**
   * Whom a token lets in; null when it is none of the issuer's for this server, or has expired.
   * @throws AppError UNAVAILABLE when the issuer's keys cannot be read
   */
  async verify(token: string): Promise<CallerKey | null> {
    // Three parts: anything else is a key, and needs no question to the issuer.
    if (this.settings === null || token.split('.').length !== 3) return null;
    const payload = await this.readToken(token, this.settings);
    return payload === null ? null : toCaller(payload);
  }

  private async readToken(token: string, { issuer, audience }: OAuthSettings): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, await this.issuersKeys(issuer), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      if (isRefusal(error)) {
        this.logger.debug(`An access token was refused: ${error.code}`);
        return null;
      }
      throw new AppError(
        'UNAVAILABLE',
        'The issuer of access tokens cannot be asked for its keys, try again',
        {
          cause: error,
        },
      );
    }
  }

  private issuersKeys(issuer: string): Promise<JWTVerifyGetKey> {
    this.keys ??= findKeys(issuer).catch((error: unknown) => {
      // The next token asks again.
      this.keys = null;
      throw error;
    });
    return this.keys;
  }
}

function isRefusal(error: unknown): error is errors.JOSEError {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout);
}

async function findKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '');
  const failures: string[] = [];
  for (const name of METADATA_PATHS) {
    const url = `${origin}/.well-known/${name}${path}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(METADATA_TIMEOUT_MS) });
    const metadata = response.ok ? ((await response.json()) as { issuer?: unknown; jwks_uri?: unknown }) : {};
    // RFC 8414, 3.3: metadata of another issuer must not be used.
    if (metadata.issuer === issuer && typeof metadata.jwks_uri === 'string') {
      return createRemoteJWKSet(new URL(metadata.jwks_uri), { timeoutDuration: METADATA_TIMEOUT_MS });
    }
    failures.push(`${url}: ${response.status}`);
  }
  throw new Error(`No metadata of the issuer ${issuer} with a jwks_uri (${failures.join(', ')})`);
}
