import { Injectable } from '@nestjs/common';

import { ApiKeyVerifier } from '../common/auth/api-key-verifier';
import type { CallerKey } from '../common/auth/caller-key';
import { presentedCredential } from '../common/auth/presented-credential';
import { RequestAuthenticator } from '../common/auth/request-authenticator';
import { AppError } from '../common/errors/app-error';
import type { AppRequest } from '../common/http/app-request';
import { refuseCrossSite } from './refuse-cross-site';
import { endedSession, SessionService } from './session.service';

/** Authenticates requests by API keys and by sessions. */
@Injectable()
export class RequestAuthenticatorService extends RequestAuthenticator {
  constructor(
    private readonly keys: ApiKeyVerifier,
    private readonly sessions: SessionService,
  ) {
    super();
  }

  async authenticate(request: AppRequest): Promise<CallerKey> {
    const credential = presentedCredential(request);
    const caller =
      credential?.kind === 'session'
        ? await this.bySession(request, credential.text, credential.from)
        : await this.byKey(credential?.text ?? '');
    request.callerKey = caller;
    return caller;
  }

  private async byKey(key: string): Promise<CallerKey> {
    const caller = await this.keys.verify(key);
    if (caller === null) throw new AppError('UNAUTHENTICATED', 'Invalid API key');
    return caller;
  }

  private async bySession(request: AppRequest, token: string, from: 'header' | 'cookie'): Promise<CallerKey> {
    const found = await this.sessions.resolve(token);
    if (found === null) throw endedSession();
    const { caller, claims } = found;
    if (from === 'cookie') refuseCrossSite(request, claims.csrfToken);
    request.session = {
      id: claims.sessionId,
      tokenEndsAt: claims.endsAt,
      from,
      csrfToken: claims.csrfToken,
    };
    return caller;
  }
}
