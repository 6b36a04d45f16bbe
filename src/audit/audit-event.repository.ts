import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';

import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import { SqlFilter } from '../common/pagination/sql-filter';
import { PostgresConnection } from '../database/postgres-connection';
import { onPg } from '../database/sql-executor';
import type { AuditEventFilter, AuditEventRecord, EventPosition } from './audit-event-record';
import type { AuditEvent } from './core/audit-event';

/** A write that takes longer hangs: it is given up, and tried again. */
const WRITE_TIMEOUT_MS = 10_000;

/** The columns of a written event, in the names that {@link toRow} gives. */
const WRITTEN = `id uuid, created_at timestamptz, action text, outcome text, error_code text, actor_type text,
  actor_id text, actor_name text, session_id uuid, client_address text, client text, request_id text, method text,
  route text, status smallint, resource_type text, resource_id text, toolset text, tool text, definition_id uuid,
  version text, run_id uuid, arguments jsonb, arguments_truncated boolean, duration_ms double precision`;

const WRITTEN_NAMES = WRITTEN.split(',')
  .map((column) => column.trim().split(' ')[0])
  .join(', ');

/** One text for any number of events, so that it is planned once. Those that an unheard answer was about are passed by. */
const WRITE = `INSERT INTO audit_events (${WRITTEN_NAMES})
  SELECT ${WRITTEN_NAMES} FROM jsonb_to_recordset($1::jsonb) AS event (${WRITTEN})
  ON CONFLICT (id) DO NOTHING`;

const COLUMNS = `e.id, e.created_at AS "createdAt", e.action, e.outcome, e.error_code AS "errorCode",
  e.actor_type AS "actorType", e.actor_id AS "actorId", e.actor_name AS "actorName", e.session_id AS "sessionId",
  e.client_address AS "clientAddress", e.client, e.request_id AS "requestId", e.method, e.route, e.status,
  e.resource_type AS "resourceType", e.resource_id AS "resourceId", e.toolset, e.tool,
  e.definition_id AS "definitionId", e.version, e.run_id AS "runId", e.arguments,
  e.arguments_truncated AS "argumentsTruncated", e.duration_ms AS "durationMs"`;

/** The stored audit events: written once, read, and removed by nobody but the retention. */
@Injectable()
export class AuditEventRepository {
  /** One connection of its own: writing neither waits for requests nor takes connections from them. */
  private writer: Pool | null = null;

  constructor(private readonly connection: PostgresConnection) {}

  /** Writes all of them or none; those that have been written already are passed by. */
  async write(events: readonly AuditEvent[]): Promise<void> {
    this.writer ??= this.connection.openPool('audit', {
      max: 1,
      statement_timeout: WRITE_TIMEOUT_MS,
      query_timeout: 2 * WRITE_TIMEOUT_MS,
    });
    await onPg(this.writer).query(WRITE, [JSON.stringify(events.map(toRow))], 'write_audit_events');
  }

  /** Ends the connection for writing, and waits for nothing: a write that hangs would keep it. */
  close(): void {
    void this.writer?.end();
    this.writer = null;
  }

  async findById(id: string): Promise<AuditEventRecord | null> {
    const [found] = await onPg(this.connection.pool).query<AuditEventRecord>(
      `SELECT ${COLUMNS} FROM audit_events e WHERE e.id = $1`,
      [id],
    );
    return found ?? null;
  }

  /**
   * The next events in the order of their times.
   *
   * @param after where the part before ended; null: from the beginning
   */
  async findNext(
    filter: AuditEventFilter,
    after: EventPosition | null,
    limit: number,
  ): Promise<AuditEventRecord[]> {
    const { conditions, values } = toSql(filter);
    if (after !== null) {
      const last = values.push(after.createdAt, after.id);
      conditions.push(`(e.created_at, e.id) > ($${last - 1}, $${last})`);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return onPg(this.connection.pool).query<AuditEventRecord>(
      `SELECT ${COLUMNS} FROM audit_events e ${where} ORDER BY e.created_at, e.id LIMIT $${values.length + 1}`,
      [...values, limit],
    );
  }

  /** A page of the events, newest first, and how many there are in all. */
  async listNewest(
    filter: AuditEventFilter,
    skip: number,
    limit: number,
  ): Promise<{ rows: AuditEventRecord[]; total: number }> {
    const { conditions, values } = toSql(filter);
    const statement = pageStatement(
      { columns: `${COLUMNS}, e.created_at`, from: 'audit_events e', where: conditions, alias: 'e' },
      values.length,
    );
    const rows = await onPg(this.connection.pool).query<PageRow<AuditEventRecord>>(statement, [
      ...values,
      limit,
      skip,
    ]);
    return readPageRows(rows);
  }
}

function toSql(filter: AuditEventFilter): SqlFilter {
  const equals = (column: string) => (place: string) => `e.${column} = ${place}`;
  return new SqlFilter()
    .add(filter.createdAfter, (place) => `e.created_at > ${place}`)
    .add(filter.createdBefore, (place) => `e.created_at < ${place}`)
    .add(filter.actorId, equals('actor_id'))
    .add(filter.action, equals('action'))
    .add(filter.outcome, equals('outcome'))
    .add(filter.tool, equals('tool'))
    .add(filter.definitionId, equals('definition_id'))
    .add(filter.runId, equals('run_id'))
    .add(filter.requestId, equals('request_id'))
    .add(filter.resourceType, equals('resource_type'))
    .add(filter.resourceId, equals('resource_id'));
}

function toRow(event: AuditEvent): object {
  const { actor, request } = event;
  return {
    id: event.id,
    created_at: event.createdAt,
    action: event.action,
    outcome: event.outcome,
    error_code: event.errorCode,
    actor_type: actor?.type,
    actor_id: actor?.id,
    actor_name: actor?.name,
    session_id: actor?.sessionId,
    client_address: event.clientAddress,
    client: event.client,
    request_id: event.requestId,
    method: request?.method,
    route: request?.route,
    status: request?.status,
    resource_type: event.resourceType,
    resource_id: event.resourceId,
    toolset: event.toolset,
    tool: event.tool,
    definition_id: event.definitionId,
    version: event.version,
    run_id: event.runId,
    arguments: event.arguments,
    arguments_truncated: event.argumentsTruncated,
    duration_ms: event.durationMs,
  };
}
