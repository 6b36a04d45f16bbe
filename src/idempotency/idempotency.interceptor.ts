import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { from, lastValueFrom, map, type Observable } from 'rxjs';

import type { AppRequest } from '../common/http/app-request';
import { pathOf } from '../common/http/path-of';
import { readIdempotencyKey } from '../common/idempotency/idempotency-key';
import { IDEMPOTENT } from '../common/idempotency/idempotent.decorator';
import { MAX_BODY_DEPTH } from '../common/wire/check-dto';
import { exceedsDepth } from '../common/wire/exceeds-depth';
import { type Answer, IdempotentAnswers } from './idempotent-answers.service';

/** What belongs to the answer rather than to the request that gets it. */
const KEPT_HEADERS = ['Content-Type', 'ETag', 'Set-Cookie'];

/** Honours `Idempotency-Key` at handlers marked `@Idempotent()`. The outermost: it keeps answers as they go out. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly answers: IdempotentAnswers,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const isIdempotent = this.reflector.get<boolean | undefined>(IDEMPOTENT, context.getHandler()) === true;
    const http = context.switchToHttp();
    const request = http.getRequest<AppRequest>();
    const key = isIdempotent ? readIdempotencyKey(request.get('idempotency-key')) : null;
    const { callerKey, body } = request as { callerKey?: AppRequest['callerKey']; body: unknown };
    // The handler refuses what is too deep to be written as text again.
    if (key === null || callerKey === undefined || exceedsDepth(body, MAX_BODY_DEPTH)) return next.handle();

    const response = http.getResponse<Response>();
    const place = { apiKeyId: callerKey.id, operation: operationOf(request), key };
    const answered = this.answers.once(place, body, async () => {
      const made: unknown = await lastValueFrom(next.handle());
      return { status: response.statusCode, headers: keptHeaders(response), body: made };
    });
    return from(answered).pipe(map((answer) => give(answer, response)));
  }
}

/** Ids in paths are the same in any case. */
function operationOf(request: AppRequest): string {
  return `${request.method} ${pathOf(request).toLowerCase().replace(/\/$/, '')}`;
}

function keptHeaders(response: Response): Answer['headers'] {
  const headers = KEPT_HEADERS.map((name) => [name, response.getHeader(name)] as const);
  return Object.fromEntries(headers.filter(([, value]) => value !== undefined)) as Answer['headers'];
}

/** @returns the body, for Nest to send */
function give({ status, headers, body }: Answer, response: Response): unknown {
  response.status(status);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  return body;
}
