import type { Issue } from '../engine/core/issue';

/** A field name of HTTP: a token (RFC 9110, 5.1). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Field values that HTTP can carry: no control characters, so no line can be added (RFC 9110, 5.5). */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_IN_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

/** Fields that belong to the connection: the client writes them, and a wrong one could smuggle a request. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a value can stand in a header field. */
export function isHeaderValue(value: string): boolean {
  return !NOT_IN_VALUE.test(value);
}

/** The faults of configured header fields; `path` is where they stand. Values with `${{` are judged when rendered. */
export function checkHeaderFields(headers: Readonly<Record<string, unknown>>, path: string): Issue[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const at = `${path}.${name}`;
    if (!NAME.test(name)) return [{ path: at, message: 'is not a valid header name' }];
    if (OF_THE_CONNECTION.has(name.toLowerCase())) {
      return [{ path: at, message: 'is written by the connection itself and cannot be set' }];
    }
    if (typeof value === 'string' && !value.includes('${{') && !isHeaderValue(value)) {
      return [{ path: at, message: 'holds characters that a header cannot carry' }];
    }
    return [];
  });
}
