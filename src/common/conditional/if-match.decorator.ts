import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

import { ApiErrors } from '../errors/api-errors.decorator';
import type { AppRequest } from '../http/app-request';
import { type ExpectedRevisions, readIfMatch } from './expected-revisions';

/**
 * Which revisions of the resource the caller expects, as a handler's parameter: from there it goes to the statement
 * that changes the resource. It documents the header and the 412 too.
 */
export const IfMatch = createParamDecorator(
  (_data: unknown, context: ExecutionContext): ExpectedRevisions =>
    readIfMatch(context.switchToHttp().getRequest<AppRequest>().headers['if-match']),
  [
    (target, method): void => {
      const descriptor = method === undefined ? undefined : Object.getOwnPropertyDescriptor(target, method);
      if (method === undefined || descriptor === undefined) throw new TypeError('@IfMatch is for methods');
      for (const describe of DESCRIPTIONS) describe(target, method, descriptor);
    },
  ],
);

const DESCRIPTIONS: readonly MethodDecorator[] = [
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: '`ETag`s of the resource: unless its revision is that of one of them, nothing is done (412)',
    schema: { type: 'string', minLength: 1, maxLength: 4096, example: '"7.Xk3v9aQ2mB4nR8sT"' },
  }),
  ApiErrors('PRECONDITION_FAILED'),
];
