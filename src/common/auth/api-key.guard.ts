import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

import { AppError } from '../errors/app-error';
import type { AppRequest } from '../http/app-request';
import { IS_PUBLIC_KEY } from './public.decorator';
import { RequestAuthenticator } from './request-authenticator';

/** Lets a request in when its route is `@Public()`, or it acts for a living key. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: RequestAuthenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC_KEY, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (isPublic === true) return true;

    const request = context.switchToHttp().getRequest<AppRequest>();
    const caller = await this.authenticator.authenticate(request);
    if (caller.toolsetIds !== null) {
      throw new AppError('FORBIDDEN', 'This key is limited to toolsets: use it at /mcp/<toolset>');
    }
    return true;
  }
}
