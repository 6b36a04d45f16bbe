import { AppError } from '../../common/errors/app-error';
import { type Issue, issuesText } from '../../engine/core/issue';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import type { StepContext } from '../../engine/ports';
import type { EgressFetch } from '../../security/egress/egress-guard';
import type { ComponentCall, ComponentType } from '../component-type';
import { withTimeLimit } from '../time-limit';
import { HTTP_REQUEST_SCHEMA } from './http-request-config';
import { firstPage, itemsOf, nextPage } from './next-page';
import type { Pagination } from './pagination-config';
import { compileRequest, type RenderedRequest, type RequestTemplate } from './request-template';
import { type Answer, sendRequest } from './send-request';

/** Component type `http_request`: sends one HTTP request, or one a page, and gives `{ status, headers, body }`. */
export class HttpRequest implements ComponentType {
  readonly mcpType = 'http_request';
  readonly summary = 'Sends an HTTP request, or one for each page, and gives its status, headers and body.';
  readonly configSchema = HTTP_REQUEST_SCHEMA;
  readonly example: JsonObject = {
    type: 'http_request',
    method: 'GET',
    url: 'https://example.com/',
    timeout_seconds: 10,
  };

  readonly executesCode = false;

  /** @param fetch the egress guard's: the only way to the network */
  constructor(private readonly fetch: EgressFetch) {}

  checkConfig(config: JsonObject): Issue[] {
    const compiled = compileRequest(config);
    return Array.isArray(compiled) ? compiled : [];
  }

  async run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const template = compileRequest(call.config);
    if (Array.isArray(template)) throw new AppError('INVALID_REQUEST', issuesText(template));
    const { fields } = template;
    const limit = withTimeLimit(context.signal, fields.timeoutSeconds);
    try {
      const request = template.render(call.inputs);
      const ask = this.asker(template, request, call, limit.signal);
      return await (fields.pagination === null
        ? askOnce(ask, request.url, fields.maxBytes)
        : askForPages(ask, request.url, fields.maxBytes, fields.pagination));
    } finally {
      limit.clear();
    }
  }

  private asker(
    { fields }: RequestTemplate,
    { headers, body }: RenderedRequest,
    { idempotencyKey, attempt }: ComponentCall,
    signal: AbortSignal,
  ): Ask {
    return (url, page, maxBytes) =>
      sendRequest(this.fetch, fields, {
        url,
        // Another page is another request: under the same key it would be answered with the first one.
        headers: {
          'idempotency-key': page === 1 ? idempotencyKey : `${idempotencyKey}:${page}`,
          'fencing-token': String(attempt),
          ...headers,
        },
        body,
        maxBytes,
        signal,
      });
  }
}

/** Sends the request for a page. `maxBytes`: what its body may still have. */
type Ask = (url: URL, page: number, maxBytes: number) => Promise<Answer>;

async function askOnce(ask: Ask, url: URL, maxBytes: number): Promise<JsonValue> {
  const { status, headers, body, encoding } = await ask(url, 1, maxBytes);
  return {
    status,
    headers: fieldsOf(headers),
    body,
    ...(encoding !== null && { body_encoding: encoding }),
  };
}

/**
 * One request after the other, each judged by the egress guard like the first. `maxBytes` bounds the bodies of all pages
 * together.
 */
async function askForPages(
  ask: Ask,
  start: URL,
  maxBytes: number,
  pagination: Pagination,
): Promise<JsonValue> {
  const { itemsPath, maxPages, allowTruncation } = pagination;
  const items: JsonValue[] = [];
  const asked = new Set<string>();
  let bytesLeft = maxBytes;
  let url = firstPage(start, pagination);
  for (let page = 1; ; page += 1) {
    asked.add(url.href);
    const { status, headers, body, bytes } = await ask(url, page, bytesLeft);
    bytesLeft -= bytes;
    const ofPage = itemsOf(body, itemsPath, page);
    items.push(...ofPage);
    const next = nextPage(pagination, {
      url,
      number: page,
      link: headers.get('link'),
      body,
      itemCount: ofPage.length,
    });
    const isTruncated = next !== null && page === maxPages;
    if (isTruncated && !allowTruncation) throw tooManyPages(maxPages);
    if (next === null || isTruncated) {
      return {
        status,
        headers: fieldsOf(headers),
        body: items,
        pages: page,
        truncated: isTruncated,
      };
    }
    if (asked.has(next.href)) {
      throw new AppError('PROTOCOL_ERROR', `pagination: page ${page} leads back to one before it`);
    }
    url = next;
  }
}

/** Each field once: of several cookies, the entries of `Headers` would leave the last one only. */
function fieldsOf(headers: Answer['headers']): JsonObject {
  return Object.fromEntries([...headers.keys()].map((name) => [name, headers.get(name)]));
}

function tooManyPages(maxPages: number): AppError {
  return new AppError(
    'OUTPUT_TOO_LARGE',
    `pagination: there are more than max_pages (${maxPages}) pages: raise it, narrow the request, or set allow_truncation`,
  );
}
