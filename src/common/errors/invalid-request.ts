import { type Issue, issuesText } from '../../engine/core/issue';
import { AppError } from './app-error';

/** How many faults the one-line message names; `errors` always holds all of them. */
const NAMED_FAULTS = 3;

/**
 * The error for a request whose body, query or path is wrong.
 *
 * @param issues at least one; paths use the names on the wire
 */
export function invalidRequest(issues: readonly Issue[]): AppError {
  return new AppError('INVALID_REQUEST', issuesText(issues, NAMED_FAULTS), { details: { errors: issues } });
}
