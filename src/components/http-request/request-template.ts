import { AppError } from '../../common/errors/app-error';
import type { Scope } from '../../engine/core/expression';
import type { Issue } from '../../engine/core/issue';
import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json';
import { compileTemplate, type Template } from '../../engine/core/template';
import { checkHeaderFields, isHeaderValue } from '../header-fields';
import { readFields, type HttpRequestFields } from './http-request-config';
import { paginationIssues } from './pagination-config';
import { compileUrl } from './url-template';

/** The names that an expression in a configuration may begin with. */
const ROOTS = ['inputs'];

/** A request with its values in their places. */
export interface RenderedRequest {
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A compiled configuration. */
export interface RequestTemplate {
  readonly fields: HttpRequestFields;
  /** @throws AppError EXPRESSION_ERROR or INVALID_INPUT */
  render(inputs: JsonValue): RenderedRequest;
}

/** Compiles a configuration that has passed the schema; gives what is wrong with it otherwise. */
export function compileRequest(config: JsonObject): RequestTemplate | Issue[] {
  const fields = readFields(config);
  const url = compileUrl(config.url as string, ROOTS, 'url');
  const { headers, query, body } = fields;
  const rest = compileTemplate({ headers, query, ...(body !== undefined && { body }) }, ROOTS);
  const issues = [
    ...(url.ok ? [] : url.error),
    ...(rest.ok ? [] : rest.error),
    ...checkHeaderFields(headers, 'headers'),
    ...(isJsonObject(config.pagination ?? null) ? paginationIssues(config.pagination as JsonObject) : []),
  ];
  if (body !== undefined && isWithoutBody(fields.method)) {
    issues.push({ path: 'body', message: `cannot be sent with ${fields.method}` });
  }
  if (issues.length > 0 || !url.ok || !rest.ok) return issues;
  return {
    fields,
    render: (inputs) => render(fields, url.value.render({ inputs }), renderRest(rest.value, { inputs })),
  };
}

interface RenderedRest {
  readonly headers: JsonObject;
  readonly query: JsonObject;
  readonly body?: JsonValue;
}

function render(
  fields: HttpRequestFields,
  url: URL,
  { headers, query, body }: RenderedRest,
): RenderedRequest {
  addQuery(url, query);
  const payload = payloadOf(fields.method, body);
  return { url, headers: headersOf(headers, payload?.contentType ?? null), body: payload?.text ?? null };
}

function isWithoutBody(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function renderRest(rest: Template, scope: Scope): RenderedRest {
  const rendered = rest.render(scope);
  if (!rendered.ok) {
    throw new AppError(rendered.error.code, `${rendered.error.path}: ${rendered.error.message}`);
  }
  return rendered.value as unknown as RenderedRest;
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

function payloadOf(
  method: string,
  body: JsonValue | undefined,
): { text: string; contentType: string } | null {
  if (body === undefined || isWithoutBody(method)) return null;
  return typeof body === 'string'
    ? { text: body, contentType: 'text/plain;charset=UTF-8' }
    : { text: JSON.stringify(body), contentType: 'application/json' };
}

/** Configured fields over the defaults; names are compared without case. */
function headersOf(configured: JsonObject, contentType: string | null): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json, */*;q=0.8',
    'user-agent': 'mcp-backend',
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
