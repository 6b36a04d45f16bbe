import type { OpenAPIObject } from '@nestjs/swagger';

import { isNode, operationsOf, type SchemaNode } from './schema-walk';

const RETRY_AFTER = 'Retry-After';

const HEADERS: Readonly<Record<string, string>> = {
  'X-RateLimit-Limit': 'The most requests of the window',
  'X-RateLimit-Remaining': 'How many of them are left',
  'X-RateLimit-Reset': 'Seconds until the window ends',
  [RETRY_AFTER]: 'Seconds until another request is worth while',
};

/** Says in place that every answer carries the headers of the limit of requests, and what a refused one says. */
export function describeRateLimits(document: OpenAPIObject): void {
  const components = (document.components ??= {}) as SchemaNode;
  components.headers = Object.fromEntries(
    Object.entries(HEADERS).map(([name, description]) => [
      name,
      { description, schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 2 ** 31 - 1 } },
    ]),
  );
  const { [RETRY_AFTER]: retryAfter, ...always } = Object.fromEntries(
    Object.keys(HEADERS).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
  for (const { responses } of operationsOf(document)) {
    for (const [status, answer] of Object.entries(responses ?? {})) {
      if (!isNode(answer)) continue;
      const own = answer.headers as SchemaNode | undefined;
      answer.headers = { ...own, ...always, ...(status === '429' && { [RETRY_AFTER]: retryAfter }) };
    }
  }
}
