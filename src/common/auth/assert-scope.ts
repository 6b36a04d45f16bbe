import { AppError } from '../errors/app-error';
import type { CallerKey, Scope } from './caller-key';

/**
 * For checks that depend on what is sent, beyond the route's own `@RequireScope`. The scope `admin` stands for all.
 *
 * @throws AppError FORBIDDEN when the key lacks the scope, or there is no key
 */
export function assertScope(caller: CallerKey | undefined, scope: Scope): void {
  const scopes = caller?.scopes ?? [];
  if (!scopes.includes(scope) && !scopes.includes('admin')) {
    throw new AppError('FORBIDDEN', 'Insufficient permissions');
  }
}
