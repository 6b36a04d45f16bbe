import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { AppError } from '../common/errors/app-error';
import { invalidRequest } from '../common/errors/invalid-request';
import { notFound } from '../common/errors/not-found';
import type { ExternalDatabases, SqlQuery, SqlResult } from '../components/external-databases';
import { withDeadline } from '../components/time-limit';
import { AppConfig } from '../config/app-config';
import type { JsonObject } from '../engine/core/json';
import { EgressSockets } from '../security/egress/egress-sockets';
import { SecretBox } from '../security/secret-box/secret-box';
import type { Database, DatabaseProbe } from './connections/database';
import { DatabasePools } from './connections/database-pools';
import { toDatabaseError } from './connections/faults/to-database-error';
import { type ExternalDbConfigRecord, ExternalDbConfigRepository } from './external-db-config.repository';
import { openDatabase } from './open-database';
import { buildSchema, type DatabaseSchema } from './schema/build-schema';
import { SCHEMA_QUERIES } from './schema/schema-queries';
import { bindParameters, type BoundStatement } from './sql/bind-parameters';
import { SQL_DIALECTS } from './sql/sql-dialect';

/** How a test of a connection ended. */
export type ConnectionTest =
  ({ readonly ok: true } & DatabaseProbe) | { readonly ok: false; readonly error: AppError };

/** Which part of a schema is wanted. */
export interface SchemaFilter {
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
}

/** The server's own time limit comes first: it says better what happened, and the connection stays in order. */
const DEADLINE_GRACE_MS = 500;

/** For a server that is away to be told from one that is slow. */
const PROBE_TIMEOUT_MS = 15_000;

const SCHEMA_TIMEOUT_MS = 30_000;
/** Columns, and columns of foreign keys: some hundreds of tables. */
const SCHEMA_ROWS = 5_000;
const SCHEMA_BYTES = 8 * 1024 * 1024;

/** Uses the configured databases, whoever asks. */
@Injectable()
export class ExternalDatabasesService implements ExternalDatabases, OnApplicationShutdown {
  private readonly pools: DatabasePools<ExternalDbConfigRecord>;

  constructor(
    private readonly configs: ExternalDbConfigRepository,
    { dataDir }: AppConfig,
    sockets: EgressSockets,
    secrets: SecretBox,
  ) {
    this.pools = new DatabasePools((config) => openDatabase(config, { dataDir, sockets, secrets }));
  }

  /** @throws AppError NOT_FOUND */
  async getConfig(id: string): Promise<ExternalDbConfigRecord> {
    const config = await this.configs.findById(id);
    if (config === null) throw notFound(`external database configuration ${id}`);
    return config;
  }

  async query(configId: string, query: SqlQuery): Promise<SqlResult> {
    return this.run(await this.getConfig(configId), query);
  }

  /** Connects and asks for the version. A database that cannot be used is a finding, not an error. */
  async test(configId: string, signal: AbortSignal): Promise<ConnectionTest> {
    const config = await this.getConfig(configId);
    try {
      const probe = await this.using(config, signal, PROBE_TIMEOUT_MS, null, (database, ends) =>
        database.probe(ends),
      );
      return { ok: true, ...probe };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { ok: false, error };
    }
  }

  /** What the database holds, up to some hundreds of tables. */
  async readSchema(configId: string, filter: SchemaFilter, signal: AbortSignal): Promise<DatabaseSchema> {
    const config = await this.getConfig(configId);
    const queries = SCHEMA_QUERIES[config.dbType];
    const parameters: JsonObject = {
      schema: filter.schema ?? null,
      table: filter.table ?? null,
      rows: SCHEMA_ROWS + 1,
    };
    const read = (sql: string): Promise<SqlResult> =>
      this.run(config, {
        sql,
        parameters,
        maxRows: SCHEMA_ROWS + 1,
        maxBytes: SCHEMA_BYTES,
        allowTruncation: false,
        timeoutMs: SCHEMA_TIMEOUT_MS,
        readOnly: true,
        signal,
      });
    const columns = await read(queries.columns);
    const foreignKeys = await read(queries.foreignKeys);
    return buildSchema(columns.rows, foreignKeys.rows, SCHEMA_ROWS);
  }

  /** Closes the connections of a configuration that has changed or is gone, when their users are done. */
  letGo(configId: string): void {
    this.pools.retire(configId);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pools.closeAll();
  }

  private async run(config: ExternalDbConfigRecord, query: SqlQuery): Promise<SqlResult> {
    const bound = bindParameters(query.sql, query.parameters, SQL_DIALECTS[config.dbType]);
    if (!bound.ok) throw invalidRequest(bound.error);
    const { maxRows, maxBytes, allowTruncation, timeoutMs } = query;
    return this.using(config, query.signal, timeoutMs, bound.value, (database, signal) =>
      database.run({
        statement: bound.value,
        readOnly: query.readOnly || !config.allowWrites,
        limits: { maxRows, maxBytes, allowTruncation },
        timeoutMs,
        signal,
      }),
    );
  }

  private async using<Value>(
    config: ExternalDbConfigRecord,
    signal: AbortSignal,
    timeoutMs: number,
    statement: BoundStatement | null,
    work: (database: Database, signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const deadline = withDeadline(
      [signal, this.pools.closed],
      timeoutMs + DEADLINE_GRACE_MS,
      'The statement took longer than it may',
    );
    try {
      return await this.pools.use(config, deadline.signal, (database) => work(database, deadline.signal));
    } catch (error) {
      throw toDatabaseError(config.dbType, config.host ?? config.dbName, error, statement?.originalOffset);
    } finally {
      deadline.clear();
    }
  }
}
