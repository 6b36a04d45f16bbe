import { Client } from 'pg';
import type { DataSource } from 'typeorm';

import { AppError } from '../common/errors/app-error';
import { MIGRATION_LOCK } from './advisory-locks';
import { isConnectionFailure } from './connection-failure';
import { connectionOptions } from './postgres-connection';
import { readSchemaState } from './schema-state';

/**
 * Brings the schema up to date. Replicas that start together wait for the first one, and then find nothing to do.
 *
 * @returns the names of the migrations that ran
 * @throws AppError INTERNAL when one fails; those before it stay done
 */
export function migrate(dataSource: DataSource, databaseUrl: string): Promise<string[]> {
  return underLock(databaseUrl, async () => {
    try {
      const migrations = await dataSource.runMigrations();
      return migrations.map((migration) => migration.name);
    } catch (error) {
      throw await toMigrationError(dataSource, error);
    }
  });
}

/**
 * Takes the newest migration back.
 *
 * @returns its name; null when there is none
 * @throws AppError CONFLICT when only a newer version of the program knows how
 */
export function revertLastMigration(dataSource: DataSource, databaseUrl: string): Promise<string | null> {
  return underLock(databaseUrl, async () => {
    const { done, unknown } = await readSchemaState(dataSource);
    const newest = done.at(-1);
    if (newest === undefined) return null;
    if (unknown.includes(newest)) {
      throw new AppError(
        'CONFLICT',
        `The newest migration, ${newest}, is of a newer version of the program: take it back with that version`,
      );
    }
    await dataSource.undoLastMigration();
    return newest;
  });
}

/** Each migration is a transaction, so that the first one which is not done is the one that failed. */
async function toMigrationError(dataSource: DataSource, error: unknown): Promise<unknown> {
  if (isConnectionFailure(error)) return error;
  const { pending } = await readSchemaState(dataSource);
  const why = error instanceof Error ? error.message : String(error);
  return new AppError('INTERNAL', `The migration ${pending[0] ?? ''} failed and was undone: ${why}`, {
    cause: error,
  });
}

/** The lock is on a connection of its own, because a migration may run outside a transaction. */
async function underLock<Value>(databaseUrl: string, work: () => Promise<Value>): Promise<Value> {
  const holder = new Client(connectionOptions(databaseUrl));
  // Its end is seen by the migrations themselves.
  holder.on('error', () => undefined);
  await holder.connect();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work();
  } finally {
    await holder.end();
  }
}
