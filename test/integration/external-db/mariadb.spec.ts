import { SCANNED_SQL_MODE } from '../../../src/external-db/connections/mysql-database';
import { createMariadbDatabase, hasMariadb, type MariadbDatabase } from '../../support/mariadb';
import { type ExternalDatabasesHarness, startExternalDatabases } from './external-databases-harness';

(hasMariadb() ? describe : describe.skip)('an external MariaDB', () => {
  let target: MariadbDatabase;
  let harness: ExternalDatabasesHarness;
  let settings: Parameters<ExternalDatabasesHarness['create']>[0];
  let id: string;

  beforeAll(async () => {
    target = await createMariadbDatabase();
    harness = await startExternalDatabases();
    const { host, port, username, password, dbName } = target;
    settings = { dbType: 'mariadb', host, port, username, password, dbName };
    id = await harness.create({ ...settings, allowWrites: true });
  });

  afterAll(async () => {
    await harness.stop();
    await target.drop();
  });

  it('gives times in UTC as it writes them, bytes in base64, documents as JSON', async () => {
    await harness.query(
      id,
      'CREATE TABLE kinds (at timestamp(3), day date, bits bit(4), bytes blob, doc json)',
    );
    await harness.query(
      id,
      `INSERT INTO kinds VALUES ('2026-01-31 12:00:00.5', '2026-01-31', b'101', x'00ff', '{"a": [1]}')`,
    );
    expect((await harness.query(id, 'SELECT * FROM kinds')).rows).toEqual([
      { at: '2026-01-31 12:00:00.500', day: '2026-01-31', bits: 'BQ==', bytes: 'AP8=', doc: { a: [1] } },
    ]);
  });

  it('gives numbers of 32 bits as they were written', async () => {
    await harness.query(id, 'CREATE TABLE floats (f float)');
    await harness.query(
      id,
      'INSERT INTO floats VALUES (0.1), (-16777216), (3.4e38), (1e-37), (1.0000001), (NULL)',
    );
    const { rows } = await harness.query(id, 'SELECT f FROM floats');
    expect(rows.map(({ f }) => f)).toEqual([0.1, -16777216, 3.4e38, 1e-37, 1.0000001, null]);
  });

  it('lets no function or procedure write that a statement which may only read calls', async () => {
    await target.admin.query('CREATE TABLE written (id int)');
    await target.admin.query(
      'CREATE FUNCTION sneaky() RETURNS int BEGIN INSERT INTO written VALUES (1); RETURN 1; END',
    );
    await target.admin.query(
      'CREATE PROCEDURE rows_and_write() BEGIN INSERT INTO written VALUES (2); SELECT 1 AS one; END',
    );
    for (const sql of [
      'SELECT sneaky()',
      'CALL rows_and_write()',
      "SELECT 1 INTO OUTFILE '/tmp/mariadb-escape'",
    ]) {
      await expect(harness.query(id, sql, {}, { readOnly: true })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
    }
    expect((await harness.query(id, 'SELECT * FROM written')).rows).toEqual([]);
    expect(await harness.query(id, 'CALL rows_and_write()')).toMatchObject({ rows: [{ one: 1 }] });
    expect((await harness.query(id, 'SELECT * FROM written')).rows).toEqual([{ id: 2 }]);
  });

  it.each([
    '',
    'ANSI_QUOTES,NO_BACKSLASH_ESCAPES',
    'ANSI',
    'DB2',
    'MAXDB',
    'MSSQL',
    'ORACLE',
    'POSTGRESQL',
    'STRICT_ALL_TABLES',
  ])('reads quotes as the scanner does, also where the server is in the mode "%s"', async (mode) => {
    await target.admin.query(`SET sql_mode = '${mode}'`);
    await target.admin.query(`SET sql_mode = ${SCANNED_SQL_MODE}`);
    const [rows] = await target.admin.query(
      String.raw`SELECT "a\"b" AS text, @@sql_mode LIKE '%STRICT%' AS strict`,
    );
    await target.admin.query('SET sql_mode = DEFAULT');
    expect(rows).toEqual([{ text: 'a"b', strict: mode === 'STRICT_ALL_TABLES' ? 1 : 0 }]);
  });

  it('gives one result only', async () => {
    await target.admin.query('CREATE PROCEDURE two_results() BEGIN SELECT 1 AS one; SELECT 2 AS two; END');
    await expect(harness.query(id, 'CALL two_results()')).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: 'The statement gives more than one result',
    });
  });

  it('never has a value in the text, whatever its dialect of quoting is', async () => {
    await target.admin.query(
      "SET GLOBAL sql_mode = CONCAT(@@GLOBAL.sql_mode, ',NO_BACKSLASH_ESCAPES,ANSI_QUOTES')",
    );
    try {
      const fresh = await harness.create(settings);
      const value = "\\' OR 1 = 1 -- ";
      const { rows } = await harness.query(
        fresh,
        'SELECT :v AS v, "it\\"s" AS quoted FROM dual WHERE :v <> \'\'',
        {
          v: value,
        },
      );
      expect(rows).toEqual([{ v: value, quoted: 'it"s' }]);
    } finally {
      await target.admin.query(
        "SET GLOBAL sql_mode = REPLACE(REPLACE(@@GLOBAL.sql_mode, 'NO_BACKSLASH_ESCAPES', ''), 'ANSI_QUOTES', '')",
      );
    }
  });

  it('does not gather a value that is larger than any result may be', async () => {
    await target.admin.query('CREATE TABLE big (x longtext)');
    await target.admin.query("INSERT INTO big VALUES (repeat('x', 15000000))");
    const huge = harness.query(id, 'SELECT a.x, b.x AS y, c.x AS z FROM big a, big b, big c');
    await expect(huge).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    expect((await harness.query(id, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('fails in clear words, without the password or what the server said', async () => {
    const test = async (change: object): Promise<unknown> => {
      const other = await harness.create({ ...settings, ...change });
      return harness.databases.test(other, new AbortController().signal);
    };
    const failures = [
      await test({ password: 'hunter2', username: 'nobody' }),
      await test({ dbName: 'nowhere' }),
      await test({ port: 1 }),
      await test({ host: 'no-such-host.invalid' }),
      await test({ ssl: { mode: 'require' } }),
    ];
    expect(failures).toMatchObject([
      {
        ok: false,
        error: { code: 'CONNECTION_FAILED', message: 'The server refuses the user name or the password' },
      },
      { ok: false, error: { message: 'The server has no such database' } },
      { ok: false, error: { message: '127.0.0.1 refused the connection' } },
      {
        ok: false,
        error: { message: expect.stringMatching(/^no-such-host\.invalid has no address/) as string },
      },
      {
        ok: false,
        error: { message: 'The server offers no encrypted connection, and ssl.mode demands one' },
      },
    ]);
    expect(JSON.stringify(failures)).not.toContain('hunter2');
  });

  it('is reached through the egress guard only', async () => {
    const closed = await startExternalDatabases([]);
    const other = await closed.create(settings);
    expect(await closed.databases.test(other, new AbortController().signal)).toMatchObject({
      ok: false,
      error: { code: 'EGRESS_DENIED' },
    });
    await closed.stop();
  });
});
