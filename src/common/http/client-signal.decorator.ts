import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';

import { AppError } from '../errors/app-error';

/** A signal that fires when the client goes away before it has its answer, as a handler's parameter. */
export const ClientSignal = createParamDecorator((_data: unknown, context: ExecutionContext): AbortSignal => {
  const response = context.switchToHttp().getResponse<Response>();
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new AppError('CANCELLED', 'The client has gone away'));
  });
  return controller.signal;
});
