import type { DataSource } from 'typeorm';

import { AppError } from '../common/errors/app-error';
import type { AppConfig } from '../config/app-config';
import { dataSourceOptions } from '../database/data-source-options';
import { EmbeddedPostgres } from '../database/embedded-postgres/embedded-postgres';
import { findRunningPostgres, hasEmbeddedDatabase } from '../database/embedded-postgres/locate';
import { openDataSource } from '../database/open-data-source';
import { readSchemaState } from '../database/schema-state';

/** A command does not wait for a server to appear: the person who typed it does. */
const PATIENCE_MS = 0;

/** The database that a command works on. */
export interface CommandDatabase {
  readonly dataSource: DataSource;
  /** Holds the password. */
  readonly url: string;
}

export interface DatabaseNeeds {
  /** Whether a database that is not there yet is made; otherwise the folder is taken for a mistaken one. */
  readonly mayCreate?: boolean;
  /** Whether the program must not be running on an embedded database meanwhile. */
  readonly alone?: boolean;
}

/**
 * Opens the database of the configuration for `work`, and closes it afterwards: that of DATABASE_URL; else the embedded
 * one, through the program that runs on it, or started for this command where none does.
 *
 * @throws AppError UNAVAILABLE when it cannot be reached, NOT_FOUND when there is none, CONFLICT when it is in use
 */
export async function withDatabase<Value>(
  { databaseUrl, dataDir }: AppConfig,
  { mayCreate = false, alone = false }: DatabaseNeeds,
  work: (database: CommandDatabase) => Promise<Value>,
): Promise<Value> {
  if (databaseUrl !== null) return onServer(databaseUrl, work);
  if (!mayCreate && !hasEmbeddedDatabase(dataDir)) {
    throw new AppError(
      'NOT_FOUND',
      `There is no database in ${dataDir}: set DATA_DIR (or --data-dir) to the folder of your program, or start the program there first`,
    );
  }
  const running = alone ? null : await findRunningPostgres(dataDir);
  if (running !== null) return onServer(running, work);
  const postgres = await EmbeddedPostgres.start({ dataDir });
  try {
    return await onServer(postgres.connectionUrl, work);
  } finally {
    await postgres.stop();
  }
}

/**
 * For commands that read and write tables.
 *
 * @throws AppError CONFLICT when the schema is not the one that this version of the program knows
 */
export async function requireSchema({ dataSource }: CommandDatabase): Promise<void> {
  const { pending } = await readSchemaState(dataSource);
  if (pending.length === 0) return;
  throw new AppError(
    'CONFLICT',
    `The database is of an older version of the program (migrations that are missing: ${pending.length}): run "mcp-backend migrate" first`,
  );
}

async function onServer<Value>(
  url: string,
  work: (database: CommandDatabase) => Promise<Value>,
): Promise<Value> {
  const dataSource = await openDataSource(dataSourceOptions(url), PATIENCE_MS);
  try {
    return await work({ dataSource, url });
  } finally {
    await dataSource.destroy();
  }
}
