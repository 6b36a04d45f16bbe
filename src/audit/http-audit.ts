import { Injectable } from '@nestjs/common';
import type { NextFunction, Response } from 'express';

import { presentedCredential } from '../common/auth/presented-credential';
import type { AppRequest } from '../common/http/app-request';
import { pathOf } from '../common/http/path-of';
import { templateOf } from '../metrics/request-labels';
import { AuditLog } from './audit-log';
import { RefusalBudget } from './core/refusal-budget';
import { isAuditedRead, isDenial, restEvent } from './core/rest-event';
import { originOf } from './request-origin';

/** Methods whose answers are looked into: those of others tell by their status all that is recorded. */
const CHANGING_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Records what requests change, and what they are refused. */
@Injectable()
export class HttpAudit {
  private readonly refusals = new RefusalBudget();

  constructor(private readonly log: AuditLog) {}

  /** The middleware, in front of everything that may refuse a request. */
  readonly observe = (request: AppRequest, response: Response, next: NextFunction): void => {
    const arrivedAt = performance.now();
    let answer: unknown;
    let isClientGone = false;
    const record = (): void => {
      this.record(request, response, answer, performance.now() - arrivedAt);
    };
    if (CHANGING_METHODS.has(request.method)) {
      noteAnswer(response, (body) => {
        answer = body;
        // Nobody hears it any more, but something was done.
        if (isClientGone) record();
      });
    }
    // Comes once, whether the answer was sent or the connection broke.
    response.on('close', () => {
      isClientGone = !response.headersSent;
      if (!isClientGone) record();
    });
    next();
  };

  private record(request: AppRequest, response: Response, answer: unknown, durationMs: number): void {
    const { statusCode: status } = response;
    const { method } = request;
    const template = templateOf(request.route);
    // Most requests read: nothing is made of them.
    if (!CHANGING_METHODS.has(method) && !isDenial(status) && !isAuditedRead(template)) return;
    const origin = originOf(request);
    const event = restEvent({
      method,
      template,
      path: pathOf(request),
      status,
      origin,
      hasCredential: presentedCredential(request) !== null,
      body: request.body as unknown,
      answer: typeof answer === 'string' ? parse(answer) : answer,
      durationMs,
    });
    if (event === null) return;
    const { actor, clientAddress } = origin;
    const isRefusal = isDenial(status) || (actor === null && event.outcome !== 'success');
    if (isRefusal && !this.refusals.take(actor?.id ?? clientAddress ?? '', performance.now())) {
      this.log.noteLeftOut();
    } else {
      this.log.record(event);
    }
  }
}

/** Calls `note` with what is answered: the object that becomes JSON or, where somebody made that himself, the text. */
function noteAnswer(response: Response, note: (body: unknown) => void): void {
  const json = response.json.bind(response);
  const send = response.send.bind(response);
  let given: unknown;
  response.json = (body: unknown) => {
    given = body;
    return json(body);
  };
  // Also called by `json`.
  response.send = (body: unknown) => {
    note(given ?? body);
    return send(body);
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
