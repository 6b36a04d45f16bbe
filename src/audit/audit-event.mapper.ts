import { Json } from '../common/wire/json';
import { roundMs } from '../common/wire/round-ms';
import type { AuditEventRecord } from './audit-event-record';
import type {
  AuditActorResponse,
  AuditedRequestResponse,
  AuditEventResponse,
} from './dto/audit-event.response';

export function toAuditEventResponse(event: AuditEventRecord): AuditEventResponse {
  return {
    id: event.id,
    createdAt: event.createdAt,
    action: event.action,
    outcome: event.outcome,
    errorCode: event.errorCode,
    actor: actorOf(event),
    clientAddress: event.clientAddress,
    client: event.client,
    requestId: event.requestId,
    request: requestOf(event),
    resourceType: event.resourceType,
    resourceId: event.resourceId,
    toolset: event.toolset,
    tool: event.tool,
    definitionId: event.definitionId,
    version: event.version,
    runId: event.runId,
    arguments: new Json(event.arguments),
    argumentsTruncated: event.argumentsTruncated,
    durationMs: roundMs(event.durationMs),
  };
}

function actorOf({ actorType, actorId, actorName, sessionId }: AuditEventRecord): AuditActorResponse | null {
  if (actorType === null || actorId === null) return null;
  return { type: actorType, id: actorId, name: actorName ?? '', sessionId };
}

function requestOf({ method, route, status }: AuditEventRecord): AuditedRequestResponse | null {
  return method === null || route === null || status === null ? null : { method, route, status };
}
