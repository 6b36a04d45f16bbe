import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import { AppError } from '../errors/app-error';
import type { AppRequest } from '../http/app-request';
import type { CallerKey } from './caller-key';

/** The {@link CallerKey} of the request, as a handler's parameter. Not for open routes. */
export const CurrentKey = createParamDecorator((_data: unknown, context: ExecutionContext): CallerKey => {
  const caller = context.switchToHttp().getRequest<AppRequest>().callerKey;
  if (caller === undefined) throw new AppError('UNAUTHENTICATED', 'Invalid API key');
  return caller;
});
