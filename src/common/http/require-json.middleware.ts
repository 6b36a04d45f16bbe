import type { NextFunction, Request, Response } from 'express';

import { AppError } from '../errors/app-error';

/**
 * Refuses a body of another type than JSON with 415. Without it body-parser skips such a body, and the caller
 * would be told of missing fields instead.
 */
export function requireJson(request: Request, _response: Response, next: NextFunction): void {
  const { headers } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (hasBody && request.is('json') === false) {
    next(new AppError('UNSUPPORTED_MEDIA_TYPE', 'The body must be sent as application/json'));
    return;
  }
  next();
}
