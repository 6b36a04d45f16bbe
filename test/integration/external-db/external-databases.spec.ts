import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { AppError } from '../../../src/common/errors/app-error';
import { eventually } from '../../support/eventually';
import { settledCount } from '../../support/settled-count';
import { type Backend, BACKENDS } from './backends';
import { type ExternalDatabasesHarness, startExternalDatabases } from './external-databases-harness';

const REFUSED = { code: 'FORBIDDEN' };

describe.each(BACKENDS)('an external database of type %s', (dbType, start) => {
  let backend: Backend;
  let harness: ExternalDatabasesHarness;
  /** May write. */
  let id: string;

  beforeAll(async () => {
    [backend, harness] = [await start(), await startExternalDatabases()];
    mkdirSync(join(harness.sqliteFolder, 'shop'));
    id = await harness.create({ ...backend.settings, allowWrites: true });
    const text = dbType === 'mariadb' || dbType === 'mysql' ? 'varchar(50)' : 'text';
    await harness.query(
      id,
      `CREATE TABLE customers (id integer PRIMARY KEY, name ${text} NOT NULL, balance decimal(20, 2))`,
    );
    await harness.query(
      id,
      `CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, note ${text} UNIQUE,
         CONSTRAINT fk_customer FOREIGN KEY (customer_id) REFERENCES customers (id))`,
    );
    for (const [customer, name] of ['Ann', 'Böse 🦊', "O'Brien; DROP TABLE customers"].entries()) {
      await harness.query(id, 'INSERT INTO customers VALUES (:id, :name, :balance)', {
        id: customer + 1,
        name,
        balance: '12345678901234.50',
      });
    }
  });

  afterAll(async () => {
    await harness.stop();
    await backend.stop();
  });

  const count = async (table: string): Promise<unknown> => {
    const { rows } = await harness.query(id, `SELECT count(*) AS n FROM ${table}`);
    return rows[0]?.n;
  };

  it('tells its version and how fast it answers', async () => {
    const test = await harness.databases.test(id, new AbortController().signal);
    expect(test).toMatchObject({
      ok: true,
      serverVersion: expect.stringMatching(/\d+\.\d+/) as string,
      latencyMs: expect.any(Number) as number,
    });
  });

  it('binds values wherever code stands, and only there', async () => {
    const { rows } = await harness.query(
      id,
      `SELECT name AS a, ':name' AS b, :name AS c /* :no */ FROM customers -- :no
       WHERE name = :name AND id <= :max LIMIT :rows`,
      { name: "O'Brien; DROP TABLE customers", max: 3, rows: 1 },
    );
    expect(rows).toEqual([
      { a: "O'Brien; DROP TABLE customers", b: ':name', c: "O'Brien; DROP TABLE customers" },
    ]);
    expect(await count('customers')).toBe(3);
  });

  it('carries values there and back without loss', async () => {
    const { columns, rows } = await harness.query(
      id,
      'SELECT id, name, balance, NULL AS missing, id FROM customers WHERE id = :id',
      { id: 2 },
    );
    expect(columns).toEqual(['id', 'name', 'balance', 'missing', 'id_2']);
    // SQLite keeps decimals as doubles: that is its own doing.
    const balance = dbType === 'sqlite' ? 12_345_678_901_234.5 : '12345678901234.50';
    expect(rows).toEqual([{ id: 2, name: 'Böse 🦊', balance, missing: null, id_2: 2 }]);
  });

  it('gives whole numbers of 64 bits as numbers while that is exact, and as text beyond', async () => {
    const type = dbType === 'mariadb' || dbType === 'mysql' ? 'signed' : 'bigint';
    const { rows } = await harness.query(
      id,
      `SELECT CAST('9007199254740991' AS ${type}) AS exact, CAST('9007199254740993' AS ${type}) AS beyond`,
    );
    expect(rows).toEqual([{ exact: 9_007_199_254_740_991, beyond: '9007199254740993' }]);
  });

  it('takes text, numbers, truth values, null, lists and objects for values', async () => {
    const given = { text: 'ä', whole: 7, part: 1.5, truth: true, object: { a: [1] } };
    const cast = dbType === 'postgresql' ? '::text' : '';
    const { rows } = await harness.query(
      id,
      `SELECT :text${cast} AS text, :whole${cast && '::int'} AS whole, :part${cast && '::float8'} AS part,
         :truth${cast && '::bool'} AS truth, :object${cast} AS object, :missing${cast} AS missing`,
      { ...given, missing: null },
    );
    expect(rows).toEqual([
      {
        text: 'ä',
        whole: 7,
        part: 1.5,
        truth: dbType === 'postgresql' ? true : 1,
        object: '{"a":[1]}',
        missing: null,
      },
    ]);
  });

  it('says how many rows a statement changed', async () => {
    const before = await harness.query(id, 'SELECT 1 AS one');
    expect(before.affectedRows).toBeNull();
    const changed = await harness.query(id, 'UPDATE customers SET balance = 0 WHERE id > 5 OR id = :id', {
      id: 3,
    });
    expect(changed).toMatchObject({ affectedRows: 1, rows: [], columns: [] });
  });

  it('takes a row back that was inserted with a result over the limit', async () => {
    if (dbType === 'mysql') return; // one server serves both types here: MySQL itself has no RETURNING
    const insert = "INSERT INTO orders (id, note) VALUES (90, 'a'), (91, 'b') RETURNING id";
    await expect(harness.query(id, insert, {}, { maxRows: 1 })).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    expect(await count('orders')).toBe(0);
    const kept = await harness.query(id, insert, {}, { maxRows: 1, allowTruncation: true });
    expect(kept).toMatchObject({ rows: [{ id: 90 }], truncated: true });
    expect(await count('orders')).toBe(2);
    await harness.query(id, 'DELETE FROM orders');
  });

  it.each([
    'INSERT INTO orders (id) VALUES (1)',
    'UPDATE customers SET name = name',
    'DELETE FROM customers',
    'CREATE TABLE sneaky (id integer)',
    'DROP TABLE orders',
    'ALTER TABLE orders ADD COLUMN extra integer',
  ])('refuses to run read only: %s', async (sql) => {
    await expect(harness.query(id, sql, {}, { readOnly: true })).rejects.toMatchObject(REFUSED);
    const reader = await harness.create(backend.settings);
    await expect(harness.query(reader, sql)).rejects.toMatchObject(REFUSED);
    expect([await count('customers'), await count('orders')]).toEqual([3, 0]);
  });

  it('takes one statement only', async () => {
    const both = 'SELECT 1; DELETE FROM customers';
    await expect(harness.query(id, both)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await count('customers')).toBe(3);
  });

  it('refuses more rows or bytes than allowed, and leaves them out when asked to', async () => {
    const all =
      'SELECT a.id FROM customers a, customers b, customers c, customers d, customers e, customers f';
    await expect(harness.query(id, all, {}, { maxRows: 728 })).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    await expect(harness.query(id, all, {}, { maxBytes: 100 })).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    const whole = await harness.query(id, all, {}, { maxRows: 729 });
    expect([whole.rows.length, whole.truncated]).toEqual([729, false]);
    const cut = await harness.query(id, all, {}, { maxRows: 5, allowTruncation: true, readOnly: true });
    expect([cut.rows.length, cut.truncated]).toEqual([5, true]);
    // The connection that was in the middle of it serves the next one.
    expect(await count('customers')).toBe(3);
  });

  it.each<[string, string, string]>([
    ['no SQL', 'SELEC 1', 'The statement is not valid SQL for this database'],
    ['an unknown table', 'SELECT * FROM nowhere', 'The statement names a table that does not exist'],
    [
      'an unknown column',
      'SELECT surname FROM customers',
      'The statement names a column that does not exist',
    ],
    [
      'a value that must be unique',
      "INSERT INTO customers VALUES (1, 'x', 0)",
      'The statement would store a value a second time that must be unique',
    ],
    [
      'a column that must have a value',
      'INSERT INTO customers VALUES (9, NULL, 0)',
      'The statement would leave a column empty that must have a value',
    ],
  ])('says of %s what is wrong, in words of ours', async (_name, sql, message) => {
    const failure = await harness.query(id, sql).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'UNPROCESSABLE' });
    expect((failure as AppError).message.startsWith(message)).toBe(true);
    expect((failure as AppError).details).toMatchObject({ database_code: expect.any(String) as string });
  });

  it('ends a statement at its time limit, on the server too', async () => {
    const endless = harness.query(id, backend.endless, {}, { timeoutMs: 300, readOnly: true });
    await expect(endless).rejects.toMatchObject({ code: 'TIMEOUT' });
    if (backend.countRunning !== null) {
      const { countRunning } = backend;
      await eventually(async () => (await countRunning()) === 0);
    }
    expect(await count('customers')).toBe(3);
  });

  it('ends a statement when its signal fires, on the server too', async () => {
    const controller = new AbortController();
    const endless = harness.query(id, backend.endless, {}, { signal: controller.signal, readOnly: true });
    const outcome = expect(endless).rejects.toMatchObject({ code: 'CANCELLED' });
    if (backend.countRunning !== null) {
      const { countRunning } = backend;
      await eventually(async () => (await countRunning()) === 1);
    }
    controller.abort(new AppError('CANCELLED', 'enough'));
    await outcome;
    if (backend.countRunning !== null) {
      const { countRunning } = backend;
      await eventually(async () => (await countRunning()) === 0);
    }
    expect(await count('customers')).toBe(3);
  });

  it('works on five statements at a time, and lets the others wait within their time limit', async () => {
    const controller = new AbortController();
    const more = { signal: controller.signal, readOnly: true };
    const busy = Array.from({ length: 5 }, () =>
      harness.query(id, backend.endless, {}, more).catch(() => 'ended'),
    );
    const { countRunning } = backend;
    if (countRunning !== null) await eventually(async () => (await countRunning()) === 5);
    // One that comes before all five have their place is served.
    await eventually(async () => {
      const late = harness.query(id, 'SELECT 1 AS one', {}, { timeoutMs: 200 });
      return (
        (await late.then(
          () => 'served',
          (error: unknown) => (error as AppError).code,
        )) === 'TIMEOUT'
      );
    });
    if (countRunning !== null) expect(await countRunning()).toBe(5);
    const waiting = harness.query(id, 'SELECT 1 AS one');
    controller.abort(new AppError('CANCELLED', 'enough'));
    expect((await waiting).rows).toEqual([{ one: 1 }]);
    expect(await Promise.all(busy)).toEqual(Array(5).fill('ended'));
  });

  it('reads its tables, columns, keys and references', async () => {
    const { schemas, truncated } = await harness.databases.readSchema(id, {}, new AbortController().signal);
    expect(truncated).toBe(false);
    const tables = schemas.flatMap((schema) => schema.tables);
    const orders = tables.find(({ name }) => name === 'orders');
    expect(orders).toMatchObject({
      type: 'table',
      columns: [
        { name: 'id', nullable: false, primaryKey: true },
        { name: 'customer_id', nullable: true, primaryKey: false },
        { name: 'note', nullable: true, primaryKey: false },
      ],
      foreignKeys: [{ columns: ['customer_id'], references: { table: 'customers', columns: ['id'] } }],
    });
    const one = await harness.databases.readSchema(id, { table: 'customers' }, new AbortController().signal);
    expect(one.schemas.flatMap((schema) => schema.tables.map(({ name }) => name))).toEqual(['customers']);
    const none = await harness.databases.readSchema(id, { schema: 'nowhere' }, new AbortController().signal);
    expect(none.schemas).toEqual([]);
  });

  it('closes its connections when the configuration changes, and when it is deleted', async () => {
    const { countConnections } = backend;
    if (countConnections === null) return;
    // Those of statements that were ended may still be closing.
    const before = await settledCount(countConnections);
    const other = await harness.create(backend.settings);
    await harness.query(other, 'SELECT 1 AS one');
    expect(await countConnections()).toBeGreaterThan(before);
    await harness.configs.update(other, { description: 'changed' }, null);
    await eventually(async () => (await countConnections()) === before);
    await harness.query(other, 'SELECT 1 AS one');
    await harness.configs.delete(other, null);
    await eventually(async () => (await countConnections()) === before);
    await expect(harness.query(other, 'SELECT 1 AS one')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('leaves nothing of one statement to the next', async () => {
    if (dbType === 'sqlite') return; // every statement has a connection of its own
    const isPostgres = dbType === 'postgresql';
    await harness.query(id, isPostgres ? "SET search_path = 'pg_catalog'" : "SET sql_mode = 'ANSI_QUOTES'");
    await harness.query(
      id,
      isPostgres ? 'CREATE TEMP TABLE left_over (a int)' : 'CREATE TEMPORARY TABLE left_over (a int)',
    );
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await expect(harness.query(id, 'SELECT * FROM left_over')).rejects.toMatchObject({
        code: 'UNPROCESSABLE',
      });
      expect((await harness.query(id, "SELECT count(*) AS n FROM customers WHERE name <> ''")).rows).toEqual([
        { n: 3 },
      ]);
    }
  });
});
