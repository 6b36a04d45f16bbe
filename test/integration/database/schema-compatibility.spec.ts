import { DataSource } from 'typeorm';

import { dataSourceOptions } from '../../../src/database/data-source-options';
import { missingFromTables } from '../../../src/database/missing-from-tables';
import { PREVIOUS_RELEASE } from '../../support/previous-release';
import { incompatibilities, readCatalog, type SchemaCatalog } from '../../support/schema-catalog';
import {
  createDatabase,
  createTestDatabase,
  dropDatabase,
  type TestDatabase,
} from '../../support/test-database';

let now: TestDatabase;
let current: SchemaCatalog;
let previous: SchemaCatalog;

beforeAll(async () => {
  now = await createTestDatabase();
  current = await readCatalog(now.dataSource);
  previous = await readPreviousCatalog();
});

afterAll(async () => {
  await now.drop();
});

/** The schema as the release before left it: migrations never change once they have landed. */
async function readPreviousCatalog(): Promise<SchemaCatalog> {
  const url = await createDatabase('template0');
  const names: readonly string[] = PREVIOUS_RELEASE.migrations;
  const classes = now.dataSource.migrations.filter(({ name }) => names.includes(name ?? ''));
  expect(classes).toHaveLength(names.length);
  const dataSource = await new DataSource({
    ...dataSourceOptions(url),
    migrations: classes.map((migration) => migration.constructor as new () => typeof migration),
  }).initialize();
  await dataSource.runMigrations();
  const catalog = await readCatalog(dataSource);
  await dataSource.destroy();
  await dropDatabase(url);
  return catalog;
}

it('has every table and column that entities name', async () => {
  expect(await missingFromTables(now.dataSource)).toEqual({ up: [], down: [] });
});

it(`takes nothing away from what version ${PREVIOUS_RELEASE.version} uses (docs/migrations.md)`, () => {
  expect(previous.columns.length).toBeGreaterThan(100);
  expect(incompatibilities(previous, current)).toEqual([]);
});

describe('the comparison finds', () => {
  it.each([
    ['DROP TABLE webhooks CASCADE', /^webhooks\.\w+ is gone$/],
    ['ALTER TABLE secrets RENAME COLUMN description TO remarks', /^secrets\.description is gone$/],
    [
      'ALTER TABLE workflow_runs ALTER COLUMN seq TYPE numeric',
      /^workflow_runs\.seq was \w+ and is numeric$/,
    ],
    [
      'ALTER TABLE api_keys ALTER COLUMN expires_at SET NOT NULL',
      /^api_keys\.expires_at may no longer be null$/,
    ],
    [
      'ALTER TABLE secrets ALTER COLUMN description DROP DEFAULT',
      /^secrets\.description has no default any more$/,
    ],
    ['ALTER TABLE secrets ADD COLUMN owner text NOT NULL', /^secrets\.owner is new/],
    ['DROP INDEX secrets_name', /^secrets: .* is unique no more$/],
    [
      'CREATE UNIQUE INDEX ON secrets (description)',
      /^secrets: .* is new, and rows of the release before may break it$/,
    ],
    ["ALTER TABLE secrets ADD CHECK (description <> 'x')", /^secrets: CHECK .* is new/],
  ])('what breaks by %s', async (statement, problem) => {
    const runner = now.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(statement);
      const source = { query: (text: string) => runner.query(text) } as unknown as DataSource;
      expect(incompatibilities(current, await readCatalog(source))).toContainEqual(
        expect.stringMatching(problem),
      );
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  });

  it.each([
    'ALTER TABLE secrets ADD COLUMN owner text',
    "ALTER TABLE secrets ADD COLUMN owner text NOT NULL DEFAULT 'nobody' CHECK (owner <> '')",
    'CREATE TABLE brand_new (id uuid PRIMARY KEY, secret_id uuid REFERENCES secrets (id))',
    'CREATE INDEX ON secrets (description)',
    'ALTER TABLE secrets ALTER COLUMN description DROP NOT NULL',
  ])('nothing in %s', async (statement) => {
    const runner = now.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(statement);
      const source = { query: (text: string) => runner.query(text) } as unknown as DataSource;
      expect(incompatibilities(current, await readCatalog(source))).toEqual([]);
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  });
});
