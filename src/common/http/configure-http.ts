import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type NextFunction, type RequestHandler, type Response } from 'express';

import type { ErrorResponder } from '../errors/error-responder';
import type { AppRequest } from './app-request';
import { pathOf } from './path-of';
import { requestId } from './request-id.middleware';
import { requireJson } from './require-json.middleware';
import { securityHeaders } from './security-headers.middleware';

/** The largest body that is read. A workflow of 500 steps, or a script, is far below it. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * What runs before Nest's routes, in this order. To be called before `app.init()`, on an application
 * created with `bodyParser: false`.
 */
export function configureHttp(
  app: NestExpressApplication,
  responder: ErrorResponder,
  options: {
    readonly trustProxyHops: number;
    /** Refuses requests before their body is read, and sets headers that every answer shall have. */
    readonly admit?: RequestHandler;
    /** At which paths handlers need the bytes of the body, to check a signature over them; at none by default. */
    readonly keepsRawBody?: (path: string) => boolean;
    /** At which paths routes read the body themselves, as `LargeBodyInterceptor` does; at none by default. */
    readonly readsOwnBody?: (path: string) => boolean;
  },
): void {
  const { admit } = options;
  app.disable('x-powered-by');
  // Costs a hash of every answer; routes where it serves set their own.
  app.set('etag', false);
  app.set('trust proxy', options.trustProxyHops);
  app.set('query parser', 'simple');
  app.use(
    securityHeaders,
    requestId,
    ...(admit === undefined ? [] : [admit]),
    requireJson,
    jsonBody(options.keepsRawBody, options.readsOwnBody),
  );
  app.use(errorHandler(responder));
}

/**
 * Reads JSON bodies. Of an empty one body-parser makes `{}`, which a route that needs a body would then take for one:
 * it is left alone, as no body at all.
 */
function jsonBody(
  keepsRawBody: (path: string) => boolean = () => false,
  readsOwnBody: (path: string) => boolean = () => false,
): RequestHandler {
  const parse = express.json({
    limit: BODY_LIMIT_BYTES,
    strict: false,
    verify: (request: AppRequest, _response, bytes) => {
      if (keepsRawBody(pathOf(request))) request.rawBody = bytes;
    },
  });
  return (request, response, next) => {
    if (request.headers['content-length'] === '0' || readsOwnBody(pathOf(request))) next();
    else parse(request, response, next);
  };
}

/**
 * What answers when no route did: Nest's own handlers cover its prefix only, and Express' would answer in HTML.
 * To be called after `app.init()`.
 */
export function installFallbacks(app: NestExpressApplication, responder: ErrorResponder): void {
  app.use((request: AppRequest, response: Response) => {
    responder.answerUnknownRoute(request, response);
  });
  app.use(errorHandler(responder));
}

/** Express knows an error handler by its four parameters. */
function errorHandler(responder: ErrorResponder) {
  return (thrown: unknown, request: AppRequest, response: Response, _next: NextFunction): void => {
    responder.answerError(thrown, request, response);
  };
}
