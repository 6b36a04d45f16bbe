import { AppError } from '../../common/errors/app-error';
import type { Scope } from '../../engine/core/expression';
import type { Issue } from '../../engine/core/issue';
import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json';
import { compileTemplate, type Template } from '../../engine/core/template';
import type { StepContext } from '../../engine/ports';
import type { EgressFetch } from '../../security/egress/egress-guard';
import type { ComponentCall, ComponentType } from '../component-type';
import { checkHeaderFields, isHeaderValue } from '../header-fields';
import { isRetryableStatus } from '../http-status';
import { withTimeLimit } from '../time-limit';
import { HTTP_REQUEST_SCHEMA, readFields, type HttpRequestFields } from './http-request-config';
import { decodeBody, readBody, readExcerpt } from './response-body';
import { compileUrl, type UrlTemplate } from './url-template';

/** The names that an expression in a configuration may begin with. */
const ROOTS = ['inputs'];

/** How much of a refused answer goes into the message. */
const EXCERPT_CHARS = 300;

interface CompiledRequest {
  readonly fields: HttpRequestFields;
  readonly url: UrlTemplate;
  /** Renders `{ headers, query, body }`. */
  readonly rest: Template;
}

/** Component type `http_request`: sends one HTTP request and gives `{ status, headers, body }`. */
export class HttpRequest implements ComponentType {
  readonly mcpType = 'http_request';
  readonly summary = 'Sends one HTTP request and gives its status, headers and body.';
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
    const compiled = compile(config);
    return Array.isArray(compiled) ? compiled : [];
  }

  async run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const request = compile(call.config);
    if (Array.isArray(request)) throw new AppError('INVALID_REQUEST', describe(request));
    const limit = withTimeLimit(context.signal, request.fields.timeoutSeconds);
    try {
      return await this.send(request, call, limit.signal);
    } finally {
      limit.clear();
    }
  }

  private async send(
    { fields, url: urlTemplate, rest }: CompiledRequest,
    call: ComponentCall,
    signal: AbortSignal,
  ) {
    const scope: Scope = { inputs: call.inputs };
    const url = urlTemplate.render(scope);
    const { headers, query, body } = renderRest(rest, scope);
    addQuery(url, query);
    const payload = bodyOf(fields.method, body);
    const response = await this.fetch(url, {
      method: fields.method,
      headers: headersOf(headers, payload?.contentType ?? null, call.idempotencyKey),
      body: payload?.text ?? null,
      signal,
    });
    if (!isExpected(response.status, fields.expectStatus)) {
      const excerpt = await readExcerpt(response, EXCERPT_CHARS);
      signal.throwIfAborted();
      throw unexpectedStatus(fields, url, response.status, excerpt);
    }
    const bytes = await readBody(response, { maxBytes: fields.maxBytes, host: url.host, signal });
    const decoded = decodeBody(bytes, response.headers.get('content-type'), url.host);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: decoded.value,
      ...(decoded.encoding !== null && { body_encoding: decoded.encoding }),
    };
  }
}

function compile(config: JsonObject): CompiledRequest | Issue[] {
  const fields = readFields(config);
  const url = compileUrl(config.url as string, ROOTS, 'url');
  const { headers, query, body } = fields;
  const rest = compileTemplate({ headers, query, ...(body !== undefined && { body }) }, ROOTS);
  const issues = [
    ...(url.ok ? [] : url.error),
    ...(rest.ok ? [] : rest.error),
    ...checkHeaderFields(headers, 'headers'),
  ];
  if (body !== undefined && isWithoutBody(fields.method)) {
    issues.push({ path: 'body', message: `cannot be sent with ${fields.method}` });
  }
  return issues.length === 0 && url.ok && rest.ok ? { fields, url: url.value, rest: rest.value } : issues;
}

function isWithoutBody(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function renderRest(
  rest: Template,
  scope: Scope,
): { headers: JsonObject; query: JsonObject; body?: JsonValue } {
  const rendered = rest.render(scope);
  if (!rendered.ok) {
    throw new AppError(rendered.error.code, `${rendered.error.path}: ${rendered.error.message}`);
  }
  return rendered.value as { headers: JsonObject; query: JsonObject; body?: JsonValue };
}

function addQuery(url: URL, query: JsonObject): void {
  for (const [name, value] of Object.entries(query)) {
    for (const item of [value].flat()) {
      if (item === null) continue;
      if (isJsonObject(item) || Array.isArray(item)) {
        throw new AppError(
          'INVALID_INPUT',
          `query.${name}: must be text, a number, a boolean or a list of them`,
        );
      }
      url.searchParams.append(name, String(item));
    }
  }
}

function bodyOf(method: string, body: JsonValue | undefined): { text: string; contentType: string } | null {
  if (body === undefined || isWithoutBody(method)) return null;
  return typeof body === 'string'
    ? { text: body, contentType: 'text/plain;charset=UTF-8' }
    : { text: JSON.stringify(body), contentType: 'application/json' };
}

/** Configured fields over the defaults; names are compared without case. */
function headersOf(
  configured: JsonObject,
  contentType: string | null,
  idempotencyKey: string,
): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json, */*;q=0.8',
    'user-agent': 'mcp-backend',
    'idempotency-key': idempotencyKey,
    ...(contentType !== null && { 'content-type': contentType }),
  };
  for (const [name, value] of Object.entries(configured)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (!isHeaderValue(text)) {
      throw new AppError('INVALID_INPUT', `headers.${name}: holds characters that a header cannot carry`);
    }
    headers[name.toLowerCase()] = text;
  }
  return headers;
}

function isExpected(status: number, expected: readonly number[] | null): boolean {
  return expected === null ? status >= 200 && status <= 299 : expected.includes(status);
}

function unexpectedStatus(
  { method, expectStatus }: HttpRequestFields,
  url: URL,
  status: number,
  excerpt: string,
): AppError {
  // Without the query: it may hold a credential.
  const where = `${method} ${url.host}${url.pathname}`;
  const expected = expectStatus?.join(', ') ?? '200 to 299';
  return new AppError(
    'UNEXPECTED_STATUS',
    `${where} answered ${status} (expected ${expected})${excerpt === '' ? '' : `: ${excerpt}`}`,
    { retryable: isRetryableStatus(status), details: { status } },
  );
}

function describe(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
}
