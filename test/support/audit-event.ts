import { v7 as uuidV7 } from 'uuid';

import { type AuditEvent, NO_SUBJECT } from '../../src/audit/core/audit-event';

/** An event, with what a test says of it. */
export function auditEvent(given: Partial<AuditEvent> = {}): AuditEvent {
  return {
    ...NO_SUBJECT,
    id: uuidV7(),
    createdAt: new Date(),
    action: 'tool.call',
    outcome: 'success',
    errorCode: null,
    actor: null,
    clientAddress: null,
    client: null,
    requestId: null,
    request: null,
    durationMs: 1.5,
    arguments: null,
    argumentsTruncated: false,
    ...given,
  };
}
