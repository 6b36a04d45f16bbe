import { METHODS } from 'node:http';

import type { Request } from 'express';

import { pathOf } from '../http/path-of';

/** The part of Express' router that is read here (no public API lists the routes). */
interface RouteLayer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/**
 * The methods that some route answers at the request's path, upper case, without repetition; empty for an
 * unknown path. It tells a wrong method (405) from a wrong path (404), which Nest does not.
 */
export function methodsAtPath(request: Request): string[] {
  const { stack } = request.app.router as unknown as { stack: RouteLayer[] };
  const path = pathOf(request);
  const methods = new Set<string>();
  for (const layer of stack) {
    if (layer.route === undefined || !matches(layer, path)) continue;
    const own = Object.keys(layer.route.methods);
    // Nest mounts its "not found" on some paths for every method there is: no route.
    if (own.length >= METHODS.length) continue;
    for (const method of own) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}

/** A path that cannot be decoded makes `match` throw: it matches nothing. */
function matches(layer: RouteLayer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
