import { AppError } from '../errors/app-error';
import type { CallerKey, Scope } from './caller-key';

/** Whether a key has a scope. The scope `admin` stands for all. */
export function hasScope(caller: CallerKey | undefined, scope: Scope): boolean {
  const scopes = caller?.scopes ?? [];
  return scopes.includes(scope) || scopes.includes('admin');
}

/**
 * For checks that depend on what is sent, beyond the route's own `@RequireScope`.
 *
 * @throws AppError FORBIDDEN when the key lacks the scope, or there is no key
 */
export function assertScope(caller: CallerKey | undefined, scope: Scope): void {
  if (hasScope(caller, scope)) return;
  throw new AppError('FORBIDDEN', 'Insufficient permissions', { details: { required_scope: scope } });
}
