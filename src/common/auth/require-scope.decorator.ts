import { type CustomDecorator, SetMetadata } from '@nestjs/common';

import type { Scope } from './caller-key';

export const REQUIRED_SCOPE_KEY = 'requiredScope';

/** What {@link RequireScope} takes for routes that serve every key. */
export const NO_SCOPE = 'none';

/** Says which scope a key needs for a handler, or for all handlers of a controller. */
export function RequireScope(scope: Scope | typeof NO_SCOPE): CustomDecorator {
  return SetMetadata(REQUIRED_SCOPE_KEY, scope);
}
