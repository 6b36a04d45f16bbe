import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';

import type { AppRequest } from '../http/app-request';
import { entityTagOf, namesTag } from './entity-tag';
import { TAGGED } from './tagged.decorator';

/**
 * Gives the answers of `@Tagged()` handlers an `ETag`, and makes a 304 of those that the caller has by its
 * `If-None-Match`. Express would do so too, but not for `fetch`, which sends `Cache-Control: no-cache` with such a
 * header. Runs outside of what makes the answers as they go out.
 */
@Injectable()
export class EntityTagInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.reflector.get<boolean | undefined>(TAGGED, context.getHandler()) !== true) return next.handle();
    const http = context.switchToHttp();
    const [request, response] = [http.getRequest<AppRequest>(), http.getResponse<Response>()];
    return next.handle().pipe(
      map((body: { readonly revision?: number }) => {
        // Sent as this very text: made once, for the digest and for the answer.
        const text = JSON.stringify(body);
        const tag = entityTagOf(body.revision, text);
        response.type('json').setHeader('ETag', `"${tag}"`);
        if (request.method !== 'GET' && request.method !== 'HEAD') return text;
        // A validator lets caches keep an answer: only its caller's may, and they must ask each time.
        response.setHeader('Cache-Control', 'private, no-cache');
        if (!namesTag(request.headers['if-none-match'], tag)) return text;
        response.status(304);
        return undefined;
      }),
    );
  }
}
