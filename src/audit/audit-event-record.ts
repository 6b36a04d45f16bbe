import type { JsonValue } from '../engine/core/json';
import type { AuditActor, AuditOutcome } from './core/audit-event';

/** An event as it is stored. */
export interface AuditEventRecord {
  readonly id: string;
  readonly createdAt: Date;
  readonly action: string;
  readonly outcome: AuditOutcome;
  readonly errorCode: string | null;
  readonly actorType: AuditActor['type'] | null;
  readonly actorId: string | null;
  readonly actorName: string | null;
  readonly sessionId: string | null;
  readonly clientAddress: string | null;
  readonly client: string | null;
  readonly requestId: string | null;
  readonly method: string | null;
  readonly route: string | null;
  readonly status: number | null;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  readonly toolset: string | null;
  readonly tool: string | null;
  readonly definitionId: string | null;
  readonly version: string | null;
  readonly runId: string | null;
  readonly arguments: JsonValue;
  readonly argumentsTruncated: boolean;
  readonly durationMs: number;
}

/** A place in the order of their times, of which each event has its own. */
export type EventPosition = Pick<AuditEventRecord, 'createdAt' | 'id'>;

/** Which events are wanted: those to which everything that is given applies. */
export interface AuditEventFilter {
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly actorId?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly tool?: string | undefined;
  readonly definitionId?: string | undefined;
  readonly runId?: string | undefined;
  readonly requestId?: string | undefined;
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
}
