import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

import { AppError } from '../errors/app-error';
import type { AppRequest } from '../http/app-request';
import { ApiKeyVerifier } from './api-key-verifier';
import { IS_PUBLIC_KEY } from './public.decorator';

/** Lets a request in when its route is `@Public()` or its `X-API-Key` is a living key. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: ApiKeyVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC_KEY, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (isPublic === true) return true;

    const request = context.switchToHttp().getRequest<AppRequest>();
    const key = request.headers['x-api-key'];
    const caller = typeof key === 'string' ? await this.verifier.verify(key) : null;
    if (caller === null) throw new AppError('UNAUTHENTICATED', 'Invalid API key');
    if (caller.toolsetIds !== null) {
      throw new AppError('FORBIDDEN', 'This key is limited to toolsets: use it at /mcp/<toolset>');
    }
    request.callerKey = caller;
    return true;
  }
}
