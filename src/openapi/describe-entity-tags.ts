import type { OpenAPIObject } from '@nestjs/swagger';

import { TAGGED_EXTENSION } from '../common/conditional/tagged.decorator';
import { isNode, type SchemaNode } from './schema-walk';

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: '`ETag`s that the caller has: while one of them is current, the answer is 304',
  schema: { type: 'string', minLength: 1, maxLength: 4096 },
};

const ETAG = {
  description:
    'Differs whenever the answer does; for `If-None-Match`, and, of what can be changed, `If-Match`',
  schema: { type: 'string', minLength: 2, maxLength: 64, example: '"7.Xk3v9aQ2mB4nR8sT"' },
};

/** Says in place what `@Tagged()` does: the `ETag` of answers, and how a GET is asked for what has changed only. */
export function describeEntityTags({ paths }: OpenAPIObject): void {
  for (const path of Object.values(paths)) {
    for (const [method, operation] of Object.entries(path as SchemaNode)) {
      if (!isNode(operation) || operation[TAGGED_EXTENSION] !== true || !isNode(operation.responses))
        continue;
      Reflect.deleteProperty(operation, TAGGED_EXTENSION);
      addETag(operation.responses['200'] ?? operation.responses['201']);
      if (method !== 'get') continue;
      operation.parameters = [...((operation.parameters ?? []) as unknown[]), IF_NONE_MATCH];
      operation.responses['304'] = { description: 'What the caller has is current', headers: { ETag: ETAG } };
    }
  }
}

function addETag(answer: unknown): void {
  if (isNode(answer)) answer.headers = { ...(answer.headers as SchemaNode | undefined), ETag: ETAG };
}
