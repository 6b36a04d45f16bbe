import type { Request } from 'express';

/**
 * The whole path of a request, without its query: `request.path` lacks what Express' `use(prefix, …)` has
 * stripped, and a query may hold what no log should.
 */
export function pathOf(request: Request): string {
  const { originalUrl } = request;
  const end = originalUrl.indexOf('?');
  return end === -1 ? originalUrl : originalUrl.slice(0, end);
}
