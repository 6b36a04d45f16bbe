import type { DataSource } from 'typeorm';

import type { SqlExecutor } from './sql-executor';

/** SQLSTATE of a table that does not exist. */
const UNDEFINED_TABLE = '42P01';

/** In the order in which they ran; the table is TypeORM's. */
const READ_RECORD = 'SELECT name FROM migrations ORDER BY timestamp, id';

/** How the schema of a database stands to the migrations that this version of the program has; names, oldest first. */
export interface SchemaState {
  readonly done: readonly string[];
  /** Known to the program and not done: `migrate` does them. */
  readonly pending: readonly string[];
  /** Done, and unknown to the program: a newer version of it was here. The program runs on them. */
  readonly unknown: readonly string[];
}

/**
 * Compares the record of migrations with those that there are; changes nothing, not even on an empty database.
 *
 * @param sql where the record is read, if not on a connection of the data source
 */
export async function readSchemaState(dataSource: DataSource, sql?: SqlExecutor): Promise<SchemaState> {
  const known = dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name);
  const done = await readRecord(
    () => sql?.query(READ_RECORD) ?? dataSource.query<{ name: string }[]>(READ_RECORD),
  );
  return {
    done,
    pending: known.filter((name) => !done.includes(name)),
    unknown: done.filter((name) => !known.includes(name)),
  };
}

async function readRecord(read: () => Promise<{ name: string }[]>): Promise<string[]> {
  try {
    return (await read()).map(({ name }) => name);
  } catch (error) {
    if ((error as { code?: unknown }).code === UNDEFINED_TABLE) return [];
    throw error;
  }
}
