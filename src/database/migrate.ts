import { Client } from 'pg';
import type { DataSource } from 'typeorm';

import { connectionOptions } from './postgres-connection';

/** Key of the advisory lock under which migrations run: any number, the same in every version of the program. */
const MIGRATION_LOCK = 7_236_401;

/**
 * Brings the schema up to date. Replicas that start together wait for the first one, and then find nothing to do.
 * The lock is on a connection of its own, because a migration may run outside a transaction.
 *
 * @returns the names of the migrations that ran
 */
export async function migrate(dataSource: DataSource, databaseUrl: string): Promise<string[]> {
  const holder = new Client(connectionOptions(databaseUrl));
  // Its end is seen by the migrations themselves.
  holder.on('error', () => undefined);
  await holder.connect();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const migrations = await dataSource.runMigrations();
    return migrations.map((migration) => migration.name);
  } finally {
    await holder.end();
  }
}
