import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** The pool of a data source. TypeORM does not declare what its driver for PostgreSQL holds. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { readonly master: Pool }).master;
}
