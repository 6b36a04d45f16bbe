import { Logger } from '@nestjs/common';
import type { Response } from 'express';

import type { AppRequest } from '../http/app-request';
import { pathOf } from '../http/path-of';
import { AppError } from './app-error';
import { methodsAtPath } from './methods-at-path';
import { statusOf, toAppError } from './to-app-error';

/** What every error looks like on the wire: `detail` is always a sentence; details follow it, the request's id is last. */
export interface ErrorBody {
  readonly detail: string;
  readonly code: string;
  readonly [detail: string]: unknown;
}

/**
 * Turns whatever was thrown, or a request that nobody answered, into the one error answer. Shared by Nest's filter
 * and by the handlers outside its prefix.
 */
export class ErrorResponder {
  private readonly logger = new Logger('Http');

  /** @param isUnavailable whether an error means that the database is away */
  constructor(private readonly isUnavailable: (error: unknown) => boolean) {}

  /** Answers a request whose handling threw. */
  answerError(thrown: unknown, request: AppRequest, response: Response): void {
    const error = toAppError(thrown, this.isUnavailable);
    const status = statusOf(error);
    if (status >= 500) this.logFailure(error, request);
    if (response.headersSent) {
      // A stream that broke midway: the status is gone, only cutting the connection tells the reader.
      response.destroy();
      return;
    }
    if (status === 401 && !response.hasHeader('WWW-Authenticate'))
      response.setHeader('WWW-Authenticate', 'ApiKey, Bearer');
    const told = { detail: error.message, code: error.code };
    // Told first and last: it stands first, and no detail of that name replaces it.
    const body: ErrorBody = Object.assign({ ...told }, error.details, told, {
      request_id: request.requestId,
    });
    response.status(status).json(body);
  }

  /** Answers a request that no route took: 405 when another method would do, 404 otherwise. */
  answerUnknownRoute(request: AppRequest, response: Response): void {
    const allowed = methodsAtPath(request);
    // A route of this very method may have passed the request on: the path was not its own after all.
    if (allowed.length === 0 || allowed.includes(request.method)) {
      this.answerError(new AppError('NOT_FOUND', 'Resource not found'), request, response);
      return;
    }
    response.setHeader('Allow', allowed.join(', '));
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    const message = `Method not allowed: ${request.method}; allowed here: ${allowed.join(', ')}`;
    this.answerError(new AppError('METHOD_NOT_ALLOWED', message), request, response);
  }

  private logFailure(error: AppError, request: AppRequest): void {
    const { method, requestId } = request;
    const cause: unknown = error.cause ?? error;
    const line = `${method} ${pathOf(request)} failed with ${error.code} (request ${requestId ?? 'without id'}): ${describe(cause)}`;
    // What passes by itself is worth a line; a defect, its stack too.
    if (error.code === 'UNAVAILABLE') this.logger.warn(line);
    else this.logger.error(line, cause instanceof Error ? cause.stack : undefined);
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
