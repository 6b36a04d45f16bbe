import type { Socket } from 'node:net';

import type { Pool, PoolClient, QueryResult } from 'pg';
import Cursor from 'pg-cursor';
import { DataSource } from 'typeorm';

import type { SqlResult } from '../../components/external-databases';
import { poolOf } from '../../database/pool-of';
import type { EgressSockets } from '../../security/egress/egress-sockets';
import { tlsOptions } from '../ssl-settings';
import { acquire } from './acquire';
import {
  APPLICATION_NAME,
  CONNECT_TIMEOUT_MS,
  type Database,
  type DatabaseCall,
  type DatabaseProbe,
  MAX_CONNECTIONS,
  type ServerTarget,
} from './database';
import { guarded, wireLimit } from './guarded';
import { type CancelKey, sendCancelRequest } from './postgres-cancel';
import { postgresTypes } from './postgres-values';
import { ResultCollector } from './result-collector';

/** Rows fetched at a time: what is read beyond a limit is at most so many. */
const BATCH_ROWS = 100;

/** Commands whose completion tells how many rows they changed. */
const CHANGES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY']);

/** A connection with what `pg` does not declare of it. */
type HeldClient = PoolClient & CancelKey & { readonly connection: { readonly stream: Socket } };

/**
 * Connections to one PostgreSQL database. Statements go through a portal of the extended protocol, which takes one
 * statement only and sends rows in batches.
 */
export class PostgresDatabase implements Database {
  private readonly pool: Pool;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly target: ServerTarget,
    private readonly sockets: EgressSockets,
    /** Of every connection, also of those that failed half-way: `pg` leaves these open. */
    private readonly opened: ReadonlySet<Socket>,
  ) {
    this.pool = poolOf(dataSource);
  }

  static async connect(target: ServerTarget, sockets: EgressSockets): Promise<PostgresDatabase> {
    const { host, port, username, dbName, password, ssl } = target;
    const opened = new Set<Socket>();
    const dataSource = new DataSource({
      type: 'postgres',
      host,
      port,
      username,
      database: dbName,
      // A function: for an empty text `pg` would look in PGPASSWORD and ~/.pgpass, which are the operator's.
      password: () => password,
      ssl: tlsOptions(ssl) ?? false,
      applicationName: APPLICATION_NAME,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      poolSize: MAX_CONNECTIONS,
      installExtensions: false,
      logging: false,
      extra: { stream: () => remembered(sockets.create(), opened) },
      // An idle connection that breaks is replaced at the next use.
      poolErrorHandler: () => undefined,
    });
    try {
      await dataSource.initialize();
    } catch (error) {
      destroyAll(opened);
      throw error;
    }
    return new PostgresDatabase(dataSource, target, sockets, opened);
  }

  async run(call: DatabaseCall): Promise<SqlResult> {
    return this.holding(call.signal, wireLimit(call.limits.maxBytes), (client) =>
      runInTransaction(client, call),
    );
  }

  async probe(signal: AbortSignal): Promise<DatabaseProbe> {
    return this.holding(signal, wireLimit(0), async (client) => {
      const started = performance.now();
      const { rows } = await client.query<{ version: string }>('SELECT version()');
      return { serverVersion: rows[0]?.version ?? '', latencyMs: performance.now() - started };
    });
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    destroyAll(this.opened);
  }

  private async holding<Value>(
    signal: AbortSignal,
    maxWireBytes: number,
    work: (client: PoolClient) => Promise<Value>,
  ): Promise<Value> {
    const client = await acquire(
      () => this.pool.connect() as Promise<HeldClient>,
      (late) => {
        late.release();
      },
      signal,
    );
    /** Whether nobody else may get it. */
    const held = { isBroken: false };
    const cut = (): void => {
      held.isBroken = true;
      client.connection.stream.destroy();
    };
    // The pool listens to idle connections only, and an error that nobody listens to would end the process.
    client.on('error', cut);
    const { stream } = client.connection;
    const cancel = (): Promise<void> => {
      // It may arrive after the statement has ended, and would then hit the next one on this connection.
      held.isBroken = true;
      return sendCancelRequest(this.sockets, this.target, client);
    };
    try {
      return await guarded({ signal, stream, maxWireBytes, cancel, cut }, () => work(client));
    } catch (error) {
      // A connection whose transaction cannot be ended is not given to anyone else.
      if (!held.isBroken) await endTransaction(client).catch(cut);
      throw error;
    } finally {
      client.off('error', cut);
      client.release(held.isBroken);
    }
  }
}

async function runInTransaction(client: PoolClient, call: DatabaseCall): Promise<SqlResult> {
  const { statement, readOnly, timeoutMs, limits } = call;
  const collector = new ResultCollector(limits);
  // One round trip. Numbers of ours only, so nothing to bind.
  await client.query(
    `BEGIN ${readOnly ? 'READ ONLY' : 'READ WRITE'};
     SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)};
     SET LOCAL TimeZone = 'UTC';
     SET LOCAL DateStyle = 'ISO'`,
  );
  const cursor = client.query(
    new Cursor<unknown[]>(statement.text, [...statement.values], { rowMode: 'array', types: postgresTypes }),
  );
  const affected = await readAll(client, cursor, collector);
  if (!readOnly) await client.query('COMMIT');
  await endTransaction(client);
  return collector.finish(affected);
}

/** @returns how many rows the statement changed; null when it is none that changes rows */
async function readAll(
  client: PoolClient,
  cursor: Cursor<unknown[]>,
  collector: ResultCollector,
): Promise<number | null> {
  let batch = await readBatch(cursor);
  collector.begin(batch.result.fields.map(({ name }) => name));
  while (await takesAll(batch, () => closePortal(client, cursor), collector)) batch = await readBatch(cursor);
  await closePortal(client, cursor);
  const { command, rowCount } = batch.result;
  return CHANGES.has(command) ? rowCount : null;
}

/** Whether the rows were taken and more may come. A refused row closes the portal: an open one blocks all else. */
async function takesAll(
  { rows }: Batch,
  close: () => Promise<void>,
  collector: ResultCollector,
): Promise<boolean> {
  try {
    return rows.every((row) => collector.add(row)) && rows.length === BATCH_ROWS;
  } catch (error) {
    await close();
    throw error;
  }
}

/** The cursor waits for the server's answer, also from a connection that has been cut. */
async function closePortal(client: PoolClient, cursor: Cursor): Promise<void> {
  const { promise: cut, reject } = Promise.withResolvers<never>();
  client.once('end', reject);
  try {
    await Promise.race([cursor.close(), cut]);
  } finally {
    client.off('end', reject);
  }
}

interface Batch {
  readonly rows: readonly unknown[][];
  readonly result: Pick<QueryResult, 'fields' | 'command' | 'rowCount'>;
}

function readBatch(cursor: Cursor<unknown[]>): Promise<Batch> {
  const { promise, resolve, reject } = Promise.withResolvers<Batch>();
  cursor.read(BATCH_ROWS, (error: Error | null | undefined, rows, result) => {
    if (error === null || error === undefined) resolve({ rows, result });
    else reject(error);
  });
  return promise;
}

/** What outlives transactions (advisory locks, prepared statements, settings) is not the next one's business. */
async function endTransaction(client: PoolClient): Promise<void> {
  await client.query('ROLLBACK');
  await client.query('DISCARD ALL');
}

function remembered(socket: Socket, sockets: Set<Socket>): Socket {
  sockets.add(socket);
  return socket.once('close', () => sockets.delete(socket));
}

function destroyAll(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) socket.destroy();
}
