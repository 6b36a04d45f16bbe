import { Logger } from '@nestjs/common';

import { dataSourceOptions } from '../../../src/database/data-source-options';
import { EmbeddedPostgres } from '../../../src/database/embedded-postgres/embedded-postgres';
import { openDataSource } from '../../../src/database/open-data-source';
import { type DataDir, makeDataDir } from '../../support/data-dir';

let dataDir: DataDir;

beforeAll(() => {
  Logger.overrideLogger(false);
  dataDir = makeDataDir();
});

afterAll(() => {
  dataDir.remove();
});

it('waits for a server that is not there yet, and gives up in words that help and hide the URL', async () => {
  const first = await EmbeddedPostgres.start({ dataDir: dataDir.path });
  const options = dataSourceOptions(first.connectionUrl);
  await first.stop();

  const password = new URL(first.connectionUrl).password;
  const failure: unknown = await openDataSource(options, 0).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'UNAVAILABLE',
    message: 'The database cannot be reached (ENOENT): check DATABASE_URL and that PostgreSQL runs',
  });
  expect(String(failure)).not.toContain(password);

  const opening = openDataSource(options);
  const second = await EmbeddedPostgres.start({ dataDir: dataDir.path });
  const dataSource = await opening;
  expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await dataSource.destroy();
  await second.stop();
});

it('does not wait when the server refuses', async () => {
  const url = new URL(process.env['TEST_DATABASE_URL'] ?? '');
  url.pathname = '/nowhere';
  await expect(openDataSource(dataSourceOptions(url.href))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'DATABASE_URL: its database does not exist; create it first',
  });
});
