import type { DataSource } from 'typeorm';

import type { SqlExecutor } from './sql-executor';

/** TypeORM's own name for the table in which it notes what ran. */
const MIGRATIONS_TABLE = 'migrations';

/**
 * The names of migrations that this version of the program has and the database has not. Those that only the database
 * has are a newer version's: the program runs on them.
 */
export async function pendingMigrations(dataSource: DataSource, sql: SqlExecutor): Promise<string[]> {
  const ran = await sql.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE}`);
  const names = new Set(ran.map(({ name }) => name));
  return dataSource.migrations
    .map((migration) => migration.name ?? migration.constructor.name)
    .filter((name) => !names.has(name));
}
