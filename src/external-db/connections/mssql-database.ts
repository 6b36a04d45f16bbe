import type mssql from 'mssql';
import { DataSource } from 'typeorm';

import { AppError } from '../../common/errors/app-error';
import type { SqlResult } from '../../components/external-databases';
import type { JsonValue } from '../../engine/core/json';
import type { EgressSockets } from '../../security/egress/egress-sockets';
import {
  APPLICATION_NAME,
  CONNECT_TIMEOUT_MS,
  type Database,
  type DatabaseCall,
  type DatabaseProbe,
  MAX_CONNECTIONS,
  type ServerTarget,
} from './database';
import { acquire } from './acquire';
import { openSocket } from './open-socket';
import { ResultCollector } from './result-collector';
import { refuseMssqlWrites } from './mssql-read-only';

/** What TypeORM's driver for SQL Server holds and does not declare. Loading the package takes long: it does so late. */
interface SqlServerDriver {
  readonly mssql: typeof mssql;
  readonly master: mssql.ConnectionPool;
}

/**
 * Connections to one SQL Server database. SQL Server knows no transaction that may only read: a statement that may
 * not write must hold none of the words that write or end a transaction, and its transaction is always rolled back.
 */
export class MssqlDatabase implements Database {
  private readonly driver: SqlServerDriver;

  private constructor(private readonly dataSource: DataSource) {
    this.driver = dataSource.driver as unknown as SqlServerDriver;
  }

  static async connect(target: ServerTarget, sockets: EgressSockets): Promise<MssqlDatabase> {
    const { host, port, username, password, dbName, ssl } = target;
    const dataSource = await new DataSource({
      type: 'mssql',
      host,
      port,
      username,
      password,
      database: dbName,
      logging: false,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      // Each call has its own limit, kept by cancelling.
      requestTimeout: 0,
      pool: { max: MAX_CONNECTIONS, min: 0 },
      // By `extra`, whose options are tedious' own: TypeORM does not know all of them.
      extra: {
        options: {
          appName: APPLICATION_NAME,
          encrypt: ssl.mode !== 'disable',
          trustServerCertificate: ssl.mode === 'require',
          ...(ssl.ca !== undefined && { cryptoCredentialsDetails: { ca: ssl.ca } }),
          connector: () => openSocket(sockets, host, port),
          // Times mean UTC, wherever this process runs.
          useUTC: true,
        },
      },
    }).initialize();
    return new MssqlDatabase(dataSource);
  }

  async run(call: DatabaseCall): Promise<SqlResult> {
    const { statement, readOnly, limits, signal } = call;
    if (readOnly) refuseMssqlWrites(statement.words);
    const transaction = await acquire(
      () => this.begin(),
      (late) => late.rollback(),
      signal,
    );
    try {
      const collector = new ResultCollector(limits);
      const affectedRows = await this.execute(transaction, call, collector);
      await (readOnly ? transaction.rollback() : transaction.commit());
      return collector.finish(affectedRows);
    } catch (error) {
      // The server may have rolled back already.
      await transaction.rollback().catch(() => undefined);
      signal.throwIfAborted();
      throw error;
    }
  }

  async probe(signal: AbortSignal): Promise<DatabaseProbe> {
    signal.throwIfAborted();
    const started = performance.now();
    const [row] = await this.dataSource.query<{ version: string }[]>('SELECT @@VERSION AS version');
    return { serverVersion: row?.version.split('\n', 1)[0] ?? '', latencyMs: performance.now() - started };
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }

  private async begin(): Promise<mssql.Transaction> {
    return new this.driver.mssql.Transaction(this.driver.master).begin();
  }

  /** @returns how many rows the statement changed; null when it gave rows */
  private async execute(
    transaction: mssql.Transaction,
    { statement, signal }: DatabaseCall,
    collector: ResultCollector,
  ): Promise<number | null> {
    const request = new this.driver.mssql.Request(transaction);
    request.stream = true;
    request.arrayRowMode = true;
    statement.values.forEach((value, index) => request.input(`p${index + 1}`, toMssqlValue(value)));

    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    let results = 0;
    const cancel = (why: unknown): void => {
      request.cancel();
      reject(why);
    };
    request.on('recordset', (columns: readonly { readonly name: string }[]) => {
      results += 1;
      if (results > 1) cancel(new AppError('UNPROCESSABLE', 'The statement gives more than one result'));
      else collector.begin(columns.map(({ name }) => name));
    });
    request.on('row', (row: readonly unknown[]) => {
      try {
        collector.add(row);
      } catch (error) {
        cancel(error);
      }
    });
    request.on('error', reject);
    request.on('done', ({ rowsAffected }: { readonly rowsAffected: readonly number[] }) => {
      resolve(results > 0 ? null : (rowsAffected.at(-1) ?? null));
    });
    const onAbort = (): void => {
      cancel(signal.reason);
    };
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // Resolves when the request has ended, so that its connection can take the end of the transaction.
      await Promise.all([request.query(statement.text), promise]);
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** Lists and objects are sent as JSON text. */
function toMssqlValue(value: JsonValue): string | number | boolean | null {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
