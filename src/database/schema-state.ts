import type { DataSource } from 'typeorm';

/** How the schema of a database stands to the migrations that this version of the program has; names, oldest first. */
export interface SchemaState {
  readonly done: readonly string[];
  /** Known to the program and not done: `migrate` does them. */
  readonly pending: readonly string[];
  /** Done, and unknown to the program: a newer version of it was here. */
  readonly unknown: readonly string[];
}

/** Compares the record of migrations with those that there are; changes nothing, not even on an empty database. */
export async function readSchemaState(dataSource: DataSource): Promise<SchemaState> {
  const known = dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name);
  const done = (await hasRecord(dataSource)) ? await readRecord(dataSource) : [];
  return {
    done,
    pending: known.filter((name) => !done.includes(name)),
    unknown: done.filter((name) => !known.includes(name)),
  };
}

async function hasRecord(dataSource: DataSource): Promise<boolean> {
  const [row] = await dataSource.query<{ there: boolean }[]>(
    "SELECT to_regclass('migrations') IS NOT NULL AS there",
  );
  return row?.there === true;
}

async function readRecord(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY timestamp');
  return rows.map(({ name }) => name);
}
