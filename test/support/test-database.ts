import { randomBytes } from 'node:crypto';

import { Client } from 'pg';
import { DataSource } from 'typeorm';

import { dataSourceOptions } from '../../src/database/data-source-options';
import { migrate } from '../../src/database/migrate';
import { eventually } from './eventually';

/** Copied for each test database: a copy takes a tenth of the time that the migrations take. */
const TEMPLATE = 'mcp_test_template';

/** What an ended connection takes to close, at most; those of a killed program may stay. */
const CLOSING_MS = 1_000;

/** A database of a test's own, with every migration run. */
export interface TestDatabase {
  readonly url: string;
  readonly dataSource: DataSource;
  /** Ends the connections, the test's own as well as others', and drops the database. */
  drop(): Promise<void>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const url = await createDatabase();
  const dataSource = await new DataSource(dataSourceOptions(url)).initialize();
  return {
    url,
    dataSource,
    drop: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await dropDatabase(url);
    },
  };
}

/**
 * The database alone, for a program that connects by itself.
 *
 * @param template `template0` gives an empty one
 */
export async function createDatabase(template = TEMPLATE): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  return urlOf(name);
}

/** Connections that were just ended get a moment to close: broken in that moment, they would fail a test. */
export async function dropDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await eventually(async () => (await countConnections(name)) === 0, CLOSING_MS).catch(() => undefined);
  // Refused while PostgreSQL itself vacuums the database: that worker is a superuser's, whom FORCE may not end.
  await eventually(async () => {
    await execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    return true;
  });
}

/** Called once, before the tests. */
export async function makeTemplate(serverUrl: string): Promise<void> {
  process.env['TEST_DATABASE_URL'] = serverUrl;
  await execute(`CREATE DATABASE ${TEMPLATE}`);
  const url = urlOf(TEMPLATE);
  const dataSource = await new DataSource(dataSourceOptions(url)).initialize();
  await migrate(dataSource, url);
  await dataSource.destroy();
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function serverUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (url === undefined)
    throw new Error('TEST_DATABASE_URL is not set: run this test by Jest with its global setup');
  return url;
}

async function countConnections(database: string): Promise<number> {
  const [row] = await execute<{ count: number }>(
    'SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = $1',
    [database],
  );
  return row?.count ?? 0;
}

async function execute<Row extends object>(statement: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    return (await client.query<Row>(statement, values)).rows;
  } finally {
    await client.end();
  }
}
