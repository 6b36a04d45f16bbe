import { AppError } from '../errors/app-error';
import type { CallerKey, Scope } from './caller-key';

/**
 * For checks that depend on what is sent, beyond the route's own `@RequireScope`.
 *
 * @throws AppError FORBIDDEN when the key lacks the scope, or there is no key
 */
export function assertScope(caller: CallerKey | undefined, scope: Scope): void {
  if (caller?.scopes.includes(scope) !== true) throw new AppError('FORBIDDEN', 'Insufficient permissions');
}
