import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';

import { dataSourceOptions } from '../../../src/database/data-source-options';
import { migrate } from '../../../src/database/migrate';
import { readSchemaState } from '../../../src/database/schema-state';
import {
  createDatabase,
  createTestDatabase,
  dropDatabase,
  type TestDatabase,
} from '../../support/test-database';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

it('brings an empty database up to date once, however many processes start together', async () => {
  const { dataSource, url } = database;
  await dataSource.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const ran = await Promise.all([
    migrate(dataSource, url),
    migrate(dataSource, url),
    migrate(dataSource, url),
  ]);
  const names = ran.flat();
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
  expect(await dataSource.query('SELECT count(*)::int AS runs FROM workflow_runs')).toEqual([{ runs: 0 }]);
});

it('can be taken back, every one of them', async () => {
  const { dataSource } = database;
  const executed: unknown[] = await dataSource.query('SELECT 1 FROM migrations');
  for (const _ of executed) await dataSource.undoLastMigration();
  const tables: unknown[] = await dataSource.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'",
  );
  expect(tables).toEqual([]);
});

it('names the migration that fails, and leaves those before it done', async () => {
  const url = await createDatabase('template0');
  const dataSource = await new DataSource({
    ...dataSourceOptions(url),
    migrations: [Works1000000000001, Fails1000000000002],
  }).initialize();
  await expect(migrate(dataSource, url)).rejects.toThrow(
    /^The migration Fails1000000000002 failed and was undone: division by zero$/,
  );
  expect(await readSchemaState(dataSource)).toEqual({
    done: ['Works1000000000001'],
    pending: ['Fails1000000000002'],
    unknown: [],
  });
  await dataSource.destroy();
  await dropDatabase(url);
});

class Works1000000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE works ()');
  }

  async down(): Promise<void> {}
}

class Fails1000000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('SELECT 1 / 0');
  }

  async down(): Promise<void> {}
}
