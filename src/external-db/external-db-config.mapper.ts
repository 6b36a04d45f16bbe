import { Json } from '../common/wire/json';
import type { SqlResult } from '../components/external-databases';
import type { ExternalDbConfigResponse } from './dto/external-db-config.response';
import type { QueryResultResponse } from './dto/query-result.response';
import type { ExternalDbConfigRecord } from './external-db-config.repository';

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
    createdAt: config.createdAt,
    updatedAt: config.updatedAt,
  };
}

export function toQueryResultResponse({ columns, rows, truncated, affectedRows }: SqlResult): QueryResultResponse {
  return { columns, rows: new Json(rows), rowCount: rows.length, truncated, affectedRows };
}
