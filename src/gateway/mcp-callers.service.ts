import { Injectable } from '@nestjs/common';

import { assertScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { presentedCredential } from '../common/auth/presented-credential';
import { RequestAuthenticator } from '../common/auth/request-authenticator';
import { AppError } from '../common/errors/app-error';
import type { AppRequest } from '../common/http/app-request';
import { AccessTokens } from './oauth/access-tokens.service';

/** Who asks at the MCP endpoint: whoever may ask elsewhere, and holders of the issuer's access tokens. */
@Injectable()
export class McpCallers {
  constructor(
    private readonly authenticator: RequestAuthenticator,
    private readonly tokens: AccessTokens,
  ) {}

  /** Whose request it is; null when nobody's. What is no credential of ours may be an access token of the issuer's. */
  async identify(request: AppRequest): Promise<CallerKey | null> {
    try {
      return await this.authenticator.authenticate(request);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'UNAUTHENTICATED') throw error;
    }
    const credential = presentedCredential(request);
    // Never from a cookie, which a browser adds whoever asks.
    if (credential === null || (credential.kind === 'session' && credential.from === 'cookie')) return null;
    const caller = await this.tokens.verify(credential.text);
    if (caller !== null) request.callerKey = caller;
    return caller;
  }

  /**
   * Whether whoever sent a request may still listen.
   * @throws AppError UNAUTHENTICATED or FORBIDDEN when not, and what {@link identify} throws
   */
  async assertMayListen(request: AppRequest): Promise<void> {
    const caller = await this.identify(request);
    if (caller === null) throw new AppError('UNAUTHENTICATED', 'Invalid API key');
    assertScope(caller, 'read');
  }
}
