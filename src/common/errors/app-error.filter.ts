import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { Response } from 'express';

import type { AppRequest } from '../http/app-request';
import type { ErrorResponder } from './error-responder';

/** The one exception filter: everything that a handler, guard, pipe or interceptor throws ends here. */
@Catch()
export class AppErrorFilter implements ExceptionFilter {
  constructor(private readonly responder: ErrorResponder) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<AppRequest>();
    const response = http.getResponse<Response>();
    // Our own code says NOT_FOUND by AppError; Nest's exception means that its router found no route.
    if (thrown instanceof NotFoundException) this.responder.answerUnknownRoute(request, response);
    else this.responder.answerError(thrown, request, response);
  }
}
