import { join } from 'node:path';

import type { PoolConfig } from 'pg';
import type { DataSourceOptions } from 'typeorm';

import { connectionOptions } from './postgres-connection';

/**
 * Connections of the pool. Requests hold one for a millisecond or so; more of them only take PostgreSQL's memory
 * (100 connections in all by default, for every process, writer and session lock together).
 */
const POOL_SIZE = 20;

/**
 * A burst of requests waits its turn for a connection, for which `pg` has one limit together with connecting: longer than
 * a server that is reached takes, shorter than clients and load balancers wait for an answer.
 */
const CONNECTION_WAIT_MS = 15_000;

/**
 * A process that freezes inside a transaction keeps rows locked that others need (a run's, so that its worker cannot go
 * on): PostgreSQL ends such a session. No transaction of ours waits for anything but PostgreSQL.
 */
const IDLE_TRANSACTION_MS = 3_000;

/**
 * The ORM's settings. Entities and migrations are found by their place, from the sources (tests) as from `dist`.
 *
 * @param onPoolError told when an idle connection breaks; without a listener that would end the process
 */
export function dataSourceOptions(
  databaseUrl: string,
  onPoolError: (error: Error) => void = () => undefined,
): DataSourceOptions {
  const pool: PoolConfig = {
    ...connectionOptions(databaseUrl),
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
  };
  return {
    type: 'postgres',
    // All of it by `extra`, which goes to `pg` as it is: TypeORM's own reading of URLs knows no socket folders.
    extra: pool,
    poolErrorHandler: onPoolError,
    installExtensions: false,
    entities: [join(__dirname, '../**/*.entity.{js,ts}')],
    migrations: [join(__dirname, '../../migrations/*.{js,ts}')],
    // Not all of them in one: a migration may then opt out of its transaction (CREATE INDEX CONCURRENTLY).
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
  };
}
