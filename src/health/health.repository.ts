import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';

import { PostgresConnection } from '../database/postgres-connection';
import { readSchemaState } from '../database/schema-state';
import { onPg, type SqlExecutor } from '../database/sql-executor';
import type { DataKeyRecord } from '../security/secret-box/data-key.repository';

/** A database that takes longer is of no use to a request. */
export const DATABASE_PATIENCE_MS = 2_000;

/** What probes ask the database, on a connection of their own: a process whose pool is busy is not ill. */
@Injectable()
export class HealthRepository implements OnApplicationShutdown {
  readonly sql: SqlExecutor;
  private readonly pool: Pool;

  constructor(
    connection: PostgresConnection,
    private readonly dataSource: DataSource,
  ) {
    this.pool = connection.openPool('health', { max: 1, query_timeout: DATABASE_PATIENCE_MS });
    this.sql = onPg(this.pool);
  }

  async ping(): Promise<void> {
    await this.sql.query('SELECT 1');
  }

  /** The names of migrations that have not run. */
  async pendingMigrations(): Promise<readonly string[]> {
    return (await readSchemaState(this.dataSource, this.sql)).pending;
  }

  /** Every stored data key, as it is encrypted. */
  dataKeys(): Promise<DataKeyRecord[]> {
    return this.sql.query<DataKeyRecord>('SELECT id, kind, wrapped_key AS "wrappedKey" FROM data_keys');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
