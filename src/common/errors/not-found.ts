import { AppError } from './app-error';

/**
 * The error for a thing that is not there. `detail` is the sentence of the API reference; `resource` says which.
 *
 * @param resource such as `workflow run 0190…`
 */
export function notFound(resource: string): AppError {
  return new AppError('NOT_FOUND', 'Resource not found', { details: { resource } });
}
