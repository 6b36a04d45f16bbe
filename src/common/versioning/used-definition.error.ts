import { AppError } from '../errors/app-error';
import type { DefinitionUser } from './definition-records';

/** The error for deleting what others use: it lists them, in words and as `users`. */
export function definitionInUse(users: readonly DefinitionUser[]): AppError {
  const named = users.map(({ type, name, id }) => `${type} ${JSON.stringify(name)} (${id})`).join(', ');
  return new AppError('CONFLICT', `It is used by ${named}: change or delete that first`, {
    details: { users },
  });
}
