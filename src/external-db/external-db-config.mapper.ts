import { hasScope } from '../common/auth/assert-scope';
import type { CallerKey } from '../common/auth/caller-key';
import { Json } from '../common/wire/json';
import { roundMs } from '../common/wire/round-ms';
import type { SqlQuery, SqlResult } from '../components/external-databases';
import type { ConnectionTestResponse } from './dto/connection-test.response';
import type { ExternalDbConfigResponse } from './dto/external-db-config.response';
import type { QueryResultResponse } from './dto/query-result.response';
import type { RunQueryDto } from './dto/run-query.dto';
import type { ConnectionTest } from './external-databases.service';
import type { ExternalDbConfigRecord } from './external-db-config.repository';

/** Of the rows of one answer, as JSON. */
export const MAX_RESULT_BYTES = 5 * 1024 * 1024;

export function toExternalDbConfigResponse(config: ExternalDbConfigRecord): ExternalDbConfigResponse {
  return {
    id: config.id,
    name: config.name,
    description: config.description,
    dbType: config.dbType,
    host: config.host,
    port: config.port,
    dbName: config.dbName,
    username: config.username,
    hasPassword: config.sealedPassword !== null,
    ssl: config.ssl === null ? null : new Json(config.ssl),
    allowWrites: config.allowWrites,
    revision: config.revision,
    createdAt: config.createdAt,
    updatedAt: config.updatedAt,
  };
}

export function toQueryResultResponse({
  columns,
  rows,
  truncated,
  affectedRows,
}: SqlResult): QueryResultResponse {
  return { columns, rows: new Json(rows), rowCount: rows.length, truncated, affectedRows };
}

export function toConnectionTestResponse(test: ConnectionTest): ConnectionTestResponse {
  if (test.ok) {
    return { ok: true, serverVersion: test.serverVersion, latencyMs: roundMs(test.latencyMs), error: null };
  }
  const { code, message } = test.error;
  return { ok: false, serverVersion: null, latencyMs: null, error: { code, detail: message } };
}

/** What a caller's key allows decides whether the statement may write. */
export function toSqlQuery(dto: RunQueryDto, caller: CallerKey, signal: AbortSignal): SqlQuery {
  return {
    sql: dto.sql,
    parameters: dto.parameters,
    maxRows: dto.maxRows,
    maxBytes: MAX_RESULT_BYTES,
    allowTruncation: dto.allowTruncation,
    timeoutMs: dto.timeoutSeconds * 1_000,
    readOnly: !hasScope(caller, 'write'),
    signal,
  };
}
