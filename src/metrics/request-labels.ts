import type { Request, Response } from 'express';

/** What no route took: unknown paths, wrong methods, and what was refused before routing (429, broken bodies). */
export const UNMATCHED_ROUTE = 'unmatched';

/** nginx's status for a client that left before it was answered: there is none of ours to count. */
const CLIENT_GONE = '499';

/** HTTP has more methods, and each would be a series of its own. */
const COUNTED_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** How a request is counted: by bounded sets only, never by what the caller made up. */
export interface RequestLabels {
  readonly method: string;
  readonly route: string;
  readonly status: string;
}

/** The labels of a request that is over. */
export function labelsOf(request: Request, response: Response): RequestLabels {
  return {
    method: COUNTED_METHODS.has(request.method) ? request.method : 'other',
    route: templateOf(request.route) ?? UNMATCHED_ROUTE,
    status: response.headersSent ? String(response.statusCode) : CLIENT_GONE,
  };
}

/** Express' form of each route's path → ours; as many as there are routes. */
const templates = new Map<string, string>();

/**
 * The route's template as the API reference writes it: `/api/v1/workflow-runs/{run_id}`.
 *
 * @param route what Express leaves on a request: the last route that matched
 * @returns null when none did
 */
export function templateOf(route: unknown): string | null {
  const paths = (route as { path?: unknown } | undefined)?.path;
  const path: unknown = Array.isArray(paths) ? paths[0] : paths;
  // Nest's "not found" is itself a route, with a wildcard.
  if (typeof path !== 'string' || path.includes('*')) return null;
  let template = templates.get(path);
  if (template === undefined) {
    template = path.replace(/:(\w+)/g, '{$1}');
    templates.set(path, template);
  }
  return template;
}
