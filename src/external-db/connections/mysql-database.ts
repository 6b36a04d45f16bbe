import type { Socket } from 'node:net';

import { type Connection, type ConnectionOptions, createConnection, type PoolConnection } from 'mysql2';
import { DataSource } from 'typeorm';

import type { SqlResult } from '../../components/external-databases';
import type { EgressSockets } from '../../security/egress/egress-sockets';
import { tlsOptions } from '../ssl-settings';
import { acquire } from './acquire';
import {
  CONNECT_TIMEOUT_MS,
  type Database,
  type DatabaseCall,
  type DatabaseProbe,
  MAX_CONNECTIONS,
  type ServerTarget,
} from './database';
import { guarded, wireLimit } from './guarded';
import { refuseMysqlWrites } from './mysql-read-only';
import { type MysqlOutcome, readMysqlResult } from './mysql-result';
import { toMysqlValue } from './mysql-values';
import { ResultCollector } from './result-collector';

/** Statements that a connection keeps prepared; each takes memory of the server. */
const MAX_PREPARED_STATEMENTS = 16;

/** ER_UNSUPPORTED_PS: the statement exists in the text protocol only. */
const NOT_PREPARABLE = 1295;

/**
 * Modes in which quotes and backslashes mean something else than the scanner reads. Those behind the second stand for
 * several at once, and would bring it back.
 */
const UNSCANNED_MODES = [
  'NO_BACKSLASH_ESCAPES',
  'ANSI_QUOTES',
  'ANSI',
  'DB2',
  'MAXDB',
  'MSSQL',
  'ORACLE',
  'POSTGRESQL',
];

/** SQL for the server's mode without {@link UNSCANNED_MODES}. */
export const SCANNED_SQL_MODE = UNSCANNED_MODES.reduce(
  (modes, mode) => `REPLACE(${modes}, '${mode}', '')`,
  '@@sql_mode',
);

/** A connection with what `mysql2` does not declare of it. */
type HeldConnection = PoolConnection & { readonly stream: Socket };

/**
 * Connections to one MySQL or MariaDB database. Statements are prepared, so that values travel beside the text; the
 * driver's other way would write them into it.
 */
export class MysqlDatabase implements Database {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly options: ConnectionOptions,
    private readonly version: string,
  ) {}

  static async connect(target: ServerTarget, sockets: EgressSockets): Promise<MysqlDatabase> {
    const options = connectionOptions(target, sockets);
    const dataSource = await new DataSource({
      type: target.dbType === 'mariadb' ? 'mariadb' : 'mysql',
      database: target.dbName,
      poolSize: MAX_CONNECTIONS,
      logging: false,
      // Settings that a statement makes end with it.
      extra: { ...options, resetOnRelease: true },
    }).initialize();
    const [row] = await dataSource.query<{ version: string }[]>('SELECT version() AS version');
    return new MysqlDatabase(dataSource, options, row?.version ?? '');
  }

  async run(call: DatabaseCall): Promise<SqlResult> {
    if (call.readOnly) refuseMysqlWrites(call.statement.words);
    return this.holding(call.signal, wireLimit(call.limits.maxBytes), (connection) =>
      this.runInTransaction(connection, call),
    );
  }

  async probe(signal: AbortSignal): Promise<DatabaseProbe> {
    return this.holding(signal, wireLimit(0), async (connection) => {
      const started = performance.now();
      await send(connection, 'SELECT 1');
      return { serverVersion: this.version, latencyMs: performance.now() - started };
    });
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }

  private async holding<Value>(
    signal: AbortSignal,
    maxWireBytes: number,
    work: (connection: HeldConnection) => Promise<Value>,
  ): Promise<Value> {
    const runner = this.dataSource.createQueryRunner();
    const connection = await acquire(
      () => runner.connect() as Promise<HeldConnection>,
      () => runner.release(),
      signal,
    );
    const cut = (): void => {
      destroy(connection);
    };
    const { stream } = connection;
    const cancel = (): Promise<void> => this.cancel(connection.threadId);
    try {
      return await guarded({ signal, stream, maxWireBytes, cancel, cut }, () => work(connection));
    } catch (error) {
      // Only a statement that the server itself refused leaves the connection in order.
      if (!isRefusal(error)) cut();
      else if (!signal.aborted) await send(connection, 'ROLLBACK').catch(cut);
      throw error;
    } finally {
      // A KILL QUERY that is under way may arrive after the statement has ended, and would then hit the next one.
      if (signal.aborted) cut();
      await runner.release();
    }
  }

  private async runInTransaction(connection: HeldConnection, call: DatabaseCall): Promise<SqlResult> {
    const { readOnly, timeoutMs, limits } = call;
    const collector = new ResultCollector(limits);
    await send(connection, `SET ${this.sessionSettings(timeoutMs)}`);
    await send(connection, `START TRANSACTION ${readOnly ? 'READ ONLY' : 'READ WRITE'}`);
    const { affectedRows, isUnfinished } = await execute(connection, call, collector);
    if (isUnfinished) destroy(connection);
    else await send(connection, readOnly ? 'ROLLBACK' : 'COMMIT');
    return collector.finish(affectedRows);
  }

  /**
   * A connection that comes back to the pool has the server's own settings: names, the dialect that the scanner
   * reads, times in UTC, and the time limit (MariaDB knows it by seconds, MySQL by milliseconds).
   */
  private sessionSettings(timeoutMs: number): string {
    const limit = /mariadb/i.test(this.version)
      ? `max_statement_time = ${timeoutMs / 1_000}`
      : `max_execution_time = ${Math.ceil(timeoutMs)}`;
    return `NAMES utf8mb4, time_zone = '+00:00', ${limit},
      sql_mode = ${SCANNED_SQL_MODE}`;
  }

  /** On a connection of its own: the other one is busy. */
  private async cancel(threadId: number): Promise<void> {
    const side = createConnection(this.options);
    side.on('error', () => undefined);
    try {
      await send(side, `KILL QUERY ${threadId}`);
    } finally {
      side.destroy();
    }
  }
}

function connectionOptions(
  { host, port, username, password, dbName, ssl }: ServerTarget,
  sockets: EgressSockets,
): ConnectionOptions {
  const tls = tlsOptions(ssl);
  return {
    host,
    port,
    user: username,
    password,
    database: dbName,
    stream: () => sockets.connect(host, port),
    ...(tls !== undefined && { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized } }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxPreparedStatements: MAX_PREPARED_STATEMENTS,
    // Without loss: decimals and times stay text, and so do whole numbers beyond 2^53.
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: false,
  };
}

/** Prepares and executes; what cannot be prepared goes as text, which then has nothing to bind. */
async function execute(
  connection: HeldConnection,
  { statement, readOnly }: DatabaseCall,
  collector: ResultCollector,
): Promise<MysqlOutcome> {
  const { text: sql, values } = statement;
  const read = (execution: unknown): Promise<MysqlOutcome> =>
    readMysqlResult(connection, execution as NodeJS.EventEmitter, collector, !readOnly);
  try {
    return await read(connection.execute({ sql, values: values.map(toMysqlValue), rowsAsArray: true }));
  } catch (error) {
    if ((error as { errno?: unknown }).errno !== NOT_PREPARABLE || values.length > 0) throw error;
    return read(connection.query({ sql, rowsAsArray: true }));
  }
}

/** One statement of ours, whose result does not matter. */
function send(connection: Connection, sql: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  connection.query(sql, (error: Error | null) => {
    if (error === null) resolve(undefined);
    else reject(error);
  });
  return promise;
}

/** Whether the server refused a statement, rather than that something happened to the connection. */
function isRefusal(error: unknown): boolean {
  const { errno, fatal } = error as { errno?: unknown; fatal?: unknown };
  return typeof errno === 'number' && errno > 0 && fatal !== true;
}

/** The driver alone would wait for the server to end the connection. */
function destroy(connection: HeldConnection): void {
  connection.destroy();
  connection.stream.destroy();
}
