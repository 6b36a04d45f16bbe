import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { AppError } from '../../../src/common/errors/app-error';
import { SqlQuery } from '../../../src/components/sql-query/sql-query';
import { eventually } from '../../support/eventually';
import { type Backend, BACKENDS } from '../external-db/backends';
import {
  type ExternalDatabasesHarness,
  startExternalDatabases,
} from '../external-db/external-databases-harness';
import { ComponentHarness } from './component-harness';

describe.each(BACKENDS)('sql_query on %s', (_dbType, start) => {
  let backend: Backend;
  let databases: ExternalDatabasesHarness;
  let component: ComponentHarness;
  let id: string;

  beforeAll(async () => {
    backend = await start();
    databases = await startExternalDatabases();
    mkdirSync(join(databases.sqliteFolder, 'shop'));
    component = new ComponentHarness(new SqlQuery(databases.databases));
    id = await databases.create({ ...backend.settings, allowWrites: true });
    await databases.query(
      id,
      'CREATE TABLE orders (id INTEGER PRIMARY KEY, buyer VARCHAR(40), total INTEGER)',
    );
    await databases.query(
      id,
      "INSERT INTO orders VALUES (1, 'Ada', 10), (2, 'Bob', 20), (3, 'Ada', 30), (4, 'Cy''d', 40)",
    );
  });

  afterAll(async () => {
    await databases.stop();
    await backend.stop();
  });

  const run = (sql: string, inputs: Record<string, string | number> = {}, more: object = {}) =>
    component.run({ external_db_config_id: id, sql, ...more }, { inputs });

  it('gives the rows of a statement with the values of the inputs', async () => {
    const sql = 'SELECT id, total FROM orders WHERE buyer = :buyer AND total > :least ORDER BY id';
    expect(await run(sql, { buyer: 'Ada', least: 10 })).toMatchObject({
      rows: [{ id: 3, total: 30 }],
      row_count: 1,
      truncated: false,
    });
  });

  it('takes a value for a value, whatever it says', async () => {
    const sql = 'SELECT count(*) AS n FROM orders WHERE buyer = :buyer';
    expect(await run(sql, { buyer: "Cy'd" })).toMatchObject({ rows: [{ n: 1 }] });
    expect(await run(sql, { buyer: "x' OR '1' = '1" })).toMatchObject({ rows: [{ n: 0 }] });
  });

  it('fails past max_rows, unless rows may be left out', async () => {
    const sql = 'SELECT id FROM orders ORDER BY id';
    await expect(run(sql, {}, { max_rows: 3 })).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    expect(await run(sql, {}, { max_rows: 3, allow_truncation: true })).toMatchObject({
      row_count: 3,
      truncated: true,
    });
  });

  it.each([
    [{}, 'inputs.buyer: must be given'],
    [{ buyer: 'Ada', other: 1 }, 'inputs.other: is not used'],
  ])('says which of the inputs %j does not fit', async (inputs, message) => {
    await expect(run('SELECT 1 AS one FROM orders WHERE buyer = :buyer', inputs)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(message) as string,
    });
  });

  it('writes only when it is told to', async () => {
    const sql = 'UPDATE orders SET total = total + 1 WHERE id = :id';
    await expect(run(sql, { id: 1 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await run(sql, { id: 1 }, { read_only: false })).toMatchObject({ affected_rows: 1, rows: [] });
    expect(await run('SELECT total FROM orders WHERE id = 1')).toMatchObject({ rows: [{ total: 11 }] });
  });

  it('ends at its own time limit', async () => {
    await expect(run(backend.endless, {}, { timeout_seconds: 0.2 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('ends the statement on the server when its step is cancelled', async () => {
    const controller = new AbortController();
    const running = component.run(
      { external_db_config_id: id, sql: backend.endless },
      { signal: controller.signal },
    );
    const outcome = expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    const { countRunning } = backend;
    if (countRunning !== null) await eventually(async () => (await countRunning()) === 1);
    controller.abort(new AppError('CANCELLED', 'The run was cancelled'));
    await outcome;
    if (countRunning !== null) await eventually(async () => (await countRunning()) === 0);
    expect(await run('SELECT count(*) AS n FROM orders')).toMatchObject({ rows: [{ n: 4 }] });
  });
});
