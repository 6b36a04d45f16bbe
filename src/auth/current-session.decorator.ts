import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import type { RequestSession } from '../common/auth/request-session';
import { AppError } from '../common/errors/app-error';
import type { AppRequest } from '../common/http/app-request';

/** The session of the request, as a handler's parameter, for routes that are of use to sessions only. */
export const CurrentSession = createParamDecorator(
  (_data: unknown, context: ExecutionContext): RequestSession => {
    const { session } = context.switchToHttp().getRequest<AppRequest>();
    if (session !== undefined) return session;
    throw new AppError(
      'FORBIDDEN',
      'This is about the session that sends it, and this request came with an API key: begin a session first',
    );
  },
);
