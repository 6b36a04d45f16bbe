import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** The driver of PostgreSQL, as far as it is used here: the pool that every query of the data source goes through. */
interface PooledDriver {
  readonly master: Pool;
}

/**
 * Executes a statement without parameters that each connection plans once and keeps under its name; by
 * `dataSource.query` it would be parsed and planned at every call, which takes longer than a short page takes to read.
 *
 * @param name of the statement: one text, one name. Each is kept until its connection ends, so names must be few.
 */
export async function queryPrepared<Row extends object>(
  dataSource: DataSource,
  name: string,
  text: string,
): Promise<Row[]> {
  const { master } = dataSource.driver as unknown as PooledDriver;
  const { rows } = await master.query<Row>({ name, text });
  return rows;
}
