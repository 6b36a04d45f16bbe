import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AppError } from '../../../src/common/errors/app-error';
import { eventually } from '../../support/eventually';
import { type ExternalDatabasesHarness, startExternalDatabases } from './external-databases-harness';

describe('a SQLite file', () => {
  let harness: ExternalDatabasesHarness;
  let outside: string;
  let id: string;

  beforeAll(async () => {
    harness = await startExternalDatabases();
    outside = mkdtempSync(join(tmpdir(), 'outside-'));
    id = await harness.create({ dbType: 'sqlite', dbName: 'own.db', allowWrites: true });
    await harness.query(id, 'CREATE TABLE t (a integer, b blob)');
    await harness.query(id, "INSERT INTO t VALUES (1, x'00ff')");
  });

  afterAll(async () => {
    await harness.stop();
    rmSync(outside, { recursive: true });
  });

  const test = async (dbName: string): Promise<unknown> => {
    const other = await harness.create({ dbType: 'sqlite', dbName });
    return harness.databases.test(other, new AbortController().signal);
  };

  it('gives bytes in base64', async () => {
    expect((await harness.query(id, 'SELECT b FROM t')).rows).toEqual([{ b: 'AP8=' }]);
  });

  it.each([
    ["ATTACH DATABASE '/etc/hostname' AS x"],
    ["ATTACH DATABASE 'other.db' AS x"],
    ["VACUUM INTO '/tmp/sqlite-escape.db'"],
    ["SELECT load_extension('/tmp/x')"],
    ["PRAGMA temp_store_directory = '/etc'"],
    ['PRAGMA hard_heap_limit = 1'],
  ])('leads to no other file: %s', async (sql) => {
    for (const readOnly of [true, false]) {
      await expect(harness.query(id, sql, {}, { readOnly })).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    }
    expect(existsSync('/tmp/sqlite-escape.db')).toBe(false);
    expect((await harness.query(id, 'SELECT a FROM t')).rows).toEqual([{ a: 1 }]);
  });

  it('is not reached by links that lead out of the folder', async () => {
    writeFileSync(join(outside, 'secret.db'), '');
    symlinkSync(outside, join(harness.sqliteFolder, 'folder'));
    symlinkSync(join(outside, 'secret.db'), join(harness.sqliteFolder, 'file.db'));
    for (const name of ['folder/secret.db', 'file.db']) {
      expect(await test(name)).toMatchObject({ ok: false, error: { code: 'EGRESS_DENIED' } });
    }
    const writer = await harness.create({ dbType: 'sqlite', dbName: 'folder/new.db', allowWrites: true });
    await expect(harness.query(writer, 'CREATE TABLE t (a)')).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    });
    expect(existsSync(join(outside, 'new.db'))).toBe(false);
  });

  it('is told from a missing file and from a file of another kind', async () => {
    writeFileSync(join(harness.sqliteFolder, 'text.db'), 'This is no database.'.repeat(100));
    expect(await test('missing.db')).toMatchObject({
      ok: false,
      error: { message: 'db_name: there is no file missing.db in the SQLite folder of this server' },
    });
    expect(existsSync(join(harness.sqliteFolder, 'missing.db'))).toBe(false);
    expect(await test('text.db')).toMatchObject({
      ok: false,
      error: { message: 'The file is no SQLite database, or it is damaged' },
    });
  });

  it('does not gather a value that is larger than any result may be', async () => {
    for (const sql of [
      'SELECT zeroblob(900000000) AS x',
      "SELECT replace(hex(zeroblob(30000000)), '0', 'xxxxxxxxxx') AS x",
    ]) {
      await expect(harness.query(id, sql)).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    }
    const many =
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT hex(zeroblob(400000)) FROM n';
    await expect(harness.query(id, many)).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  });

  it('keeps the program responsive while a statement runs, and is read by several at once', async () => {
    const endless = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n';
    const controller = new AbortController();
    const order: string[] = [];
    const slow = harness
      .query(id, endless, {}, { signal: controller.signal, readOnly: true })
      .catch((error: unknown) => order.push(`slow ${(error as AppError).code}`));
    expect((await harness.query(id, 'SELECT a FROM t', {}, { readOnly: true })).rows).toEqual([{ a: 1 }]);
    order.push('quick');
    controller.abort(new AppError('CANCELLED', 'enough'));
    await slow;
    expect(order).toEqual(['quick', 'slow CANCELLED']);
  });

  it('lets writers wait for each other', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        harness.query(id, 'INSERT INTO t (a) VALUES (:n)', { n: 100 + n }),
      ),
    );
    expect((await harness.query(id, 'SELECT count(*) AS n FROM t WHERE a >= 100')).rows).toEqual([{ n: 10 }]);
  });

  it('undoes what a statement wrote that is ended', async () => {
    const endless = `INSERT INTO t (a) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n`;
    await expect(harness.query(id, endless, {}, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const rows = await eventually(() => harness.query(id, 'SELECT count(*) AS n FROM t WHERE a = 2'));
    expect(rows.rows).toEqual([{ n: 0 }]);
  });
});
