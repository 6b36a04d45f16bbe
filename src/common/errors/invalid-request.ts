import type { Issue } from '../../engine/core/issue';
import { AppError } from './app-error';

/** How many faults the one-line message names; `errors` always holds all of them. */
const NAMED_FAULTS = 3;

/**
 * The error for a request whose body, query or path is wrong.
 *
 * @param issues at least one; paths use the names on the wire
 */
export function invalidRequest(issues: readonly Issue[]): AppError {
  const named = issues
    .slice(0, NAMED_FAULTS)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = issues.length - named.length;
  const message = named.join('; ') + (more > 0 ? `; and ${more} more` : '');
  return new AppError('INVALID_REQUEST', message, { details: { errors: issues } });
}
