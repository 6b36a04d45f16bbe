import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import express from 'express';
import type { Observable } from 'rxjs';

import type { AppRequest } from './app-request';

/** The largest body of a route that uses {@link LargeBodyInterceptor}. */
export const LARGE_BODY_LIMIT_BYTES = 16 * 1024 * 1024;

const parse = express.json({ limit: LARGE_BODY_LIMIT_BYTES, strict: false });

/**
 * Reads the JSON body of a route that takes larger ones than others. It comes after the guards, so that nobody without a
 * key makes the process parse megabytes; `configureHttp` must leave the bodies of such routes unread.
 */
@Injectable()
export class LargeBodyInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    await read(http.getRequest<AppRequest>(), http.getResponse<Response>());
    return next.handle();
  }
}

function read(request: AppRequest, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    parse(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error('The body cannot be read', { cause: error }));
    });
  });
}
