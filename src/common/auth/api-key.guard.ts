import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';

import { AppError } from '../errors/app-error';
import type { AppRequest } from '../http/app-request';
import { CredentialWatch } from './credential-watch';
import { ENDS_WITH_CREDENTIAL_KEY } from './ends-with-credential.decorator';
import { IS_PUBLIC_KEY } from './public.decorator';
import { RequestAuthenticator } from './request-authenticator';

/** Lets a request in when its route is `@Public()`, or it acts for a living key. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: RequestAuthenticator,
    private readonly watch: CredentialWatch,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const says = (key: string): boolean =>
      this.reflector.getAllAndOverride<true | undefined>(key, targets) === true;
    if (says(IS_PUBLIC_KEY)) return true;

    const http = context.switchToHttp();
    const request = http.getRequest<AppRequest>();
    const caller = await this.authenticator.authenticate(request);
    if (caller.toolsetIds !== null) {
      throw new AppError('FORBIDDEN', 'This key is limited to toolsets: use it at /mcp/<toolset>');
    }
    if (says(ENDS_WITH_CREDENTIAL_KEY)) {
      this.watch.watch(http.getResponse<Response>(), () => this.authenticator.authenticate(request));
    }
    return true;
  }
}
