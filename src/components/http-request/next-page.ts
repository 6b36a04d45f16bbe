import { AppError } from '../../common/errors/app-error';
import { isJsonObject, type JsonValue } from '../../engine/core/json';
import type { Pagination } from './pagination-config';

/** A page as the decision about the next one sees it. */
export interface Page {
  readonly url: URL;
  /** From 1. */
  readonly number: number;
  readonly link: string | null;
  readonly body: JsonValue;
  readonly itemCount: number;
}

/** The address of the first page: the request's own, with the first number where pages are numbered. */
export function firstPage(url: URL, { by, parameter, firstPage: first }: Pagination): URL {
  return by === 'page_number' ? withParameter(url, parameter, String(first)) : url;
}

/**
 * The address of the page that follows; null when there is none. It stays at the first one's origin: the request's
 * headers may hold credentials for that one alone.
 *
 * @throws AppError PROTOCOL_ERROR when the page names what is no such address
 */
export function nextPage(pagination: Pagination, page: Page): URL | null {
  switch (pagination.by) {
    case 'link_header':
      return resolve(nextLink(page.link ?? ''), page.url);
    case 'next_url':
      return resolve(textAt(page, pagination.path), page.url);
    case 'cursor': {
      const cursor = textAt(page, pagination.path);
      return cursor === null ? null : withParameter(page.url, pagination.parameter, cursor);
    }
    case 'page_number': {
      const number = pagination.firstPage + page.number;
      return page.itemCount === 0 ? null : withParameter(page.url, pagination.parameter, String(number));
    }
  }
}

/** The items of a page. @throws AppError PROTOCOL_ERROR when there is no list */
export function itemsOf(body: JsonValue, itemsPath: string, page: number): readonly JsonValue[] {
  const items = memberAt(body, itemsPath);
  if (Array.isArray(items)) return items;
  const where = itemsPath === '' ? 'its body is no list' : `it has no list at ${itemsPath}`;
  throw new AppError('PROTOCOL_ERROR', `pagination: page ${page} cannot be read: ${where}`);
}

/** `a.b.0`: members of objects and items of lists; undefined where there is none. */
function memberAt(value: JsonValue, path: string): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const name of path === '' ? [] : path.split('.')) {
    if (Array.isArray(found)) found = found[/^\d{1,9}$/.test(name) ? Number(name) : -1];
    else if (found !== undefined && isJsonObject(found) && Object.hasOwn(found, name)) found = found[name];
    else return undefined;
  }
  return found;
}

/** The text or number there; null where there is nothing. */
function textAt({ body, number }: Page, path: string): string | null {
  const value = memberAt(body, path) ?? '';
  if (value === '' || value === false) return null;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new AppError('PROTOCOL_ERROR', `pagination: page ${number} has neither text nor a number at ${path}`);
}

/** A link and its parameters, which end at a comma outside of quotes. */
const LINK = /<([^<>]*)>((?:[^,<"]|"(?:[^"\\]|\\.)*")*)/g;

/**
 * The target of the link whose relation is `next` (RFC 8288), as in `<https://a.example/?page=2>; rel="next"`; null
 * when there is none.
 */
function nextLink(header: string): string | null {
  for (const [, target = '', parameters = ''] of header.matchAll(LINK)) {
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))/i.exec(parameters);
    const names = (relations?.[1] ?? relations?.[2] ?? '').toLowerCase().split(/\s+/);
    if (names.includes('next')) return target;
  }
  return null;
}

function resolve(target: string | null, base: URL): URL | null {
  if (target === null) return null;
  if (!URL.canParse(target, base.href)) {
    throw new AppError('PROTOCOL_ERROR', `pagination: ${base.host} names a next page that is no address`);
  }
  const url = new URL(target, base);
  if (url.origin === base.origin) return url;
  throw new AppError(
    'PROTOCOL_ERROR',
    `pagination: the next page of ${base.host} is elsewhere, at ${url.host}: pages must stay at one origin`,
  );
}

function withParameter(url: URL, name: string, value: string): URL {
  const next = new URL(url);
  next.searchParams.set(name, value);
  return next;
}
