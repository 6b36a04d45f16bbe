import { migrate } from '../../../src/database/migrate';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

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
