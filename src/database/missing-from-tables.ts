import type { DataSource } from 'typeorm';

/** Statements that add what is missing, and those that take it away again. */
export interface MissingParts {
  readonly up: string[];
  readonly down: string[];
}

/** Of all that TypeORM finds, what adds: a new table, or a new column. */
const ADDS = /^(CREATE TABLE|ALTER TABLE \S+ ADD (?!CONSTRAINT))/;
const TAKES_AWAY = /^(DROP TABLE|ALTER TABLE \S+ DROP COLUMN)/;

/**
 * What the entities have and the tables have not. The rest of what TypeORM would do is left out: the tables are made by
 * hand-written SQL, with indexes, checks and defaults that entities do not repeat, all of which it would drop.
 *
 * @see https://typeorm.io/docs/migrations/generating
 */
export async function missingFromTables(dataSource: DataSource): Promise<MissingParts> {
  const { upQueries, downQueries } = await dataSource.driver.createSchemaBuilder().log();
  return {
    up: upQueries.map(({ query }) => query).filter((query) => ADDS.test(query)),
    down: downQueries.map(({ query }) => query).filter((query) => TAKES_AWAY.test(query)),
  };
}
