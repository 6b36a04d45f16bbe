import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

import type { AppRequest } from '../http/app-request';
import { assertScope } from './assert-scope';
import type { Scope } from './caller-key';
import { IS_PUBLIC_KEY } from './public.decorator';
import { NO_SCOPE, REQUIRED_SCOPE_KEY } from './require-scope.decorator';

/**
 * Refuses a key that lacks the scope which the route declares by `@RequireScope`.
 * A route that declares none needs `admin`: forgetting the decorator must not open a route.
 * Runs after `ApiKeyGuard`.
 */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC_KEY, targets) === true) return true;
    const required =
      this.reflector.getAllAndOverride<Scope | typeof NO_SCOPE | undefined>(REQUIRED_SCOPE_KEY, targets) ??
      'admin';
    if (required !== NO_SCOPE)
      assertScope(context.switchToHttp().getRequest<AppRequest>().callerKey, required);
    return true;
  }
}
