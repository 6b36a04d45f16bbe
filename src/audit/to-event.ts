import { v7 as uuidV7 } from 'uuid';

import type { AuditedAction, AuditEvent } from './core/audit-event';
import { auditedArguments, storableText } from './core/audited-arguments';

/** What is kept of an action that was over at `now`. */
export function toEvent(action: AuditedAction, now: Date): AuditEvent {
  const { value, isTruncated } = auditedArguments(action.arguments, action.secretArguments);
  const text = (given: string | null): string | null => (given === null ? null : storableText(given));
  return {
    ...action,
    id: uuidV7(),
    createdAt: now,
    client: text(action.client),
    tool: text(action.tool),
    toolset: text(action.toolset),
    version: text(action.version),
    arguments: value,
    argumentsTruncated: isTruncated,
  };
}
