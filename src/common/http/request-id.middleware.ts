import { randomUUID } from 'node:crypto';

import type { NextFunction, Response } from 'express';

import { withLogFields } from '../logging/log-fields';
import type { AppRequest } from './app-request';

/** What is taken over from a caller: anything else could forge lines of the log. */
const ACCEPTABLE_REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Gives each request an id, the caller's own `X-Request-Id` when it is harmless, and sends it back. */
export function requestId(request: AppRequest, response: Response, next: NextFunction): void {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && ACCEPTABLE_REQUEST_ID.test(given) ? given : randomUUID();
  request.requestId = id;
  response.setHeader('X-Request-Id', id);
  withLogFields({ request_id: id }, next);
}
