import type { ExternalDbConfigService } from '../../../src/external-db/external-db-config.service';
import { startDeafProxy } from '../../support/deaf-proxy';
import { eventually } from '../../support/eventually';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { LOCALHOST_CERTIFICATE, startTlsProxy } from '../../support/tls-proxy';
import { type ExternalDatabasesHarness, startExternalDatabases } from './external-databases-harness';

type Settings = Omit<Parameters<ExternalDbConfigService['create']>[0], 'name'>;

describe('an external PostgreSQL', () => {
  let target: TestDatabase;
  let proxy: TcpProxy;
  let harness: ExternalDatabasesHarness;
  let settings: Settings;
  let id: string;

  beforeAll(async () => {
    target = await createTestDatabase();
    proxy = await startTcpProxy(target.url);
    harness = await startExternalDatabases();
    const url = new URL(proxy.url);
    settings = {
      dbType: 'postgresql',
      host: url.hostname,
      port: Number(url.port),
      username: url.username,
      password: decodeURIComponent(url.password),
      dbName: url.pathname.slice(1),
    };
    id = await harness.create({ ...settings, allowWrites: true });
  });

  afterAll(async () => {
    await harness.stop();
    proxy.cut();
    await target.drop();
  });

  const test = async (change: Partial<Settings>): Promise<unknown> => {
    const other = await harness.create({ ...settings, ...change });
    return harness.databases.test(other, new AbortController().signal);
  };

  it('gives times in UTC, bytes in base64, lists as lists', async () => {
    const { rows } = await harness.query(
      id,
      `SELECT '2026-01-31 12:00:00.5+02'::timestamptz AS at, '2026-01-31 12:00:00'::timestamp AS local,
         '2026-01-31'::date AS day, 'infinity'::timestamptz AS ever, '\\x00ff'::bytea AS bytes,
         '{1,NULL,9007199254740993}'::int8[] AS numbers, ARRAY['a b', 'c'] AS texts,
         ARRAY['2026-01-31 12:00:00+00'::timestamptz] AS times, '{"a": [1]}'::jsonb AS document,
         'NaN'::float8 AS nan, 1.10::numeric AS exact, '1 day 2 hours'::interval AS span`,
    );
    expect(rows).toEqual([
      {
        at: '2026-01-31T10:00:00.5Z',
        local: '2026-01-31T12:00:00',
        day: '2026-01-31',
        ever: 'infinity',
        bytes: 'AP8=',
        numbers: [1, null, '9007199254740993'],
        texts: ['a b', 'c'],
        times: ['2026-01-31T12:00:00Z'],
        document: { a: [1] },
        nan: 'NaN',
        exact: '1.10',
        span: '1 day 02:00:00',
      },
    ]);
  });

  it('gives decimals in lists, and large numbers in documents, without loss', async () => {
    const { rows } = await harness.query(
      id,
      `SELECT ARRAY[123456789012345678.12, NULL, 'NaN']::numeric[] AS decimals,
         '{"id": 9007199254740993, "list": [-9007199254740993, 7, 0.5, 1e400, 1e20]}'::json AS document,
         ARRAY['9007199254740993'::jsonb, 'null'] AS documents`,
    );
    expect(rows).toEqual([
      {
        decimals: ['123456789012345678.12', null, 'NaN'],
        document: { id: '9007199254740993', list: ['-9007199254740993', 7, 0.5, '1e400', 1e20] },
        documents: ['9007199254740993', null],
      },
    ]);
  });

  it('gives a connection whose statement it asked to cancel to nobody else', async () => {
    const ask = async (): Promise<unknown> =>
      (await harness.query(id, 'SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    const before = await ask();
    const left = new AbortController();
    const sleeping = harness.query(id, 'SELECT pg_sleep(600)', {}, { signal: left.signal });
    await eventually(async () => {
      const found = await target.dataSource.query<unknown[]>(
        "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
        [before],
      );
      return found.length > 0;
    });
    left.abort(new Error('nobody waits any more'));
    await expect(sleeping).rejects.toThrow('nobody waits any more');
    // The request may arrive after the statement has ended: the next one on that connection would end by it.
    expect(await ask()).not.toBe(before);
  });

  it('takes a list for an array', async () => {
    const { rows } = await harness.query(
      id,
      'SELECT n FROM generate_series(1, 9) AS n WHERE n = ANY (:wanted)',
      {
        wanted: [2, 5],
      },
    );
    expect(rows).toEqual([{ n: 2 }, { n: 5 }]);
  });

  it('says where in the statement as written the fault is', async () => {
    const sql = 'SELECT :long_name::int, nowhere FROM generate_series(1, 1)';
    await expect(harness.query(id, sql, { long_name: 1 })).rejects.toMatchObject({
      message: 'The statement names a column that does not exist (at character 25)',
      details: { database_code: '42703', position: 25 },
    });
  });

  it('reads more rows than one batch holds, in order', async () => {
    const { rows } = await harness.query(id, 'SELECT n FROM generate_series(1, 1000) AS n');
    expect([rows.length, rows.at(0), rows.at(-1)]).toEqual([1_000, { n: 1 }, { n: 1_000 }]);
  });

  it('lets no function write that a statement which may only read calls', async () => {
    await target.dataSource.query(`
      CREATE TABLE written (id int);
      CREATE FUNCTION sneaky() RETURNS int LANGUAGE sql AS 'INSERT INTO written VALUES (1) RETURNING id'`);
    await expect(harness.query(id, 'SELECT sneaky()', {}, { readOnly: true })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    for (const sql of [
      'SET TRANSACTION READ WRITE',
      'COMMIT',
      'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
    ]) {
      await harness.query(id, sql, {}, { readOnly: true });
      await expect(harness.query(id, 'SELECT sneaky()', {}, { readOnly: true })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
    }
    expect(await target.dataSource.query('SELECT * FROM written')).toEqual([]);
  });

  it('does not gather a value that is larger than any result may be', async () => {
    const huge = harness.query(id, "SELECT repeat('x', 200000000) AS x");
    await expect(huge).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    expect((await harness.query(id, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('commits as a whole or not at all', async () => {
    await harness.query(id, 'CREATE TABLE strict (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
    const twice = harness.query(id, 'INSERT INTO strict VALUES (1), (1)');
    await expect(twice).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    expect((await harness.query(id, 'SELECT count(*) AS n FROM strict')).rows).toEqual([{ n: 0 }]);
  });

  it('goes on after the server was away', async () => {
    await harness.query(id, 'SELECT 1 AS one');
    proxy.cut();
    await expect(harness.query(id, 'SELECT 1 AS one')).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
    await proxy.mend();
    expect((await harness.query(id, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('does not wait longer than its time limit for a server that says nothing', async () => {
    const deaf = await startDeafProxy(target.url);
    const url = new URL(deaf.url);
    const other = await harness.create({
      ...settings,
      host: url.hostname,
      port: Number(url.port),
      allowWrites: true,
    });
    await harness.query(other, 'SELECT 1 AS one');
    deaf.deafen();
    // The proxy knows whom to leave unheard by this word.
    const listening = harness.query(other, 'LISTEN "x"', {}, { timeoutMs: 200 });
    await expect(listening).rejects.toMatchObject({ code: 'TIMEOUT' });
    await deaf.close();
  });

  it('fails in clear words, without the password or what the server said', async () => {
    const failures = [
      await test({ password: 'hunter2' }),
      await test({ username: 'nobody', password: 'hunter2' }),
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
      { ok: false, error: { message: 'The server refuses the user name or the password' } },
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

  it('is never asked with a password of the operator', async () => {
    process.env['PGPASSWORD'] = String(settings.password);
    try {
      const without = Object.fromEntries(
        Object.entries(settings).filter(([name]) => name !== 'password'),
      ) as Settings;
      const other = await harness.create(without);
      expect(await harness.databases.test(other, new AbortController().signal)).toMatchObject({ ok: false });
    } finally {
      delete process.env['PGPASSWORD'];
    }
  });

  it('is reached through the egress guard only', async () => {
    const closed = await startExternalDatabases([]);
    for (const host of ['127.0.0.1', 'localhost', '169.254.169.254']) {
      const other = await closed.create({ ...settings, host });
      expect(await closed.databases.test(other, new AbortController().signal)).toMatchObject({
        ok: false,
        error: { code: 'EGRESS_DENIED' },
      });
    }
    await closed.stop();
  });

  it('is trusted over an encrypted connection as far as ssl says', async () => {
    const tls = await startTlsProxy(target.url);
    const there: Partial<Settings> = { host: 'localhost', port: tls.port };
    const untrusted = {
      ok: false,
      error: { code: 'CONNECTION_FAILED', message: expect.stringContaining('not trusted') as string },
    };
    expect(await test({ ...there, ssl: { mode: 'verify_full' } })).toMatchObject(untrusted);
    expect(await test({ ...there, ssl: { mode: 'require' } })).toMatchObject({ ok: true });
    const ssl = { mode: 'verify_full', ca: LOCALHOST_CERTIFICATE } as const;
    expect(await test({ ...there, ssl })).toMatchObject({ ok: true });
    // The certificate is for the name, not for its address.
    expect(await test({ ...there, host: '127.0.0.1', ssl })).toMatchObject({ ok: false });
    tls.close();
  });

  it('is let go of at a shutdown, whatever it is doing', async () => {
    const stopping = await startExternalDatabases();
    const other = await stopping.create(settings);
    const endless = stopping.query(other, 'SELECT pg_sleep(600)');
    const outcome = expect(endless).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await stopping.query(other, 'SELECT 1 AS one');
    await stopping.stop();
    // It was ended: one that was waited for would have given its row.
    await outcome;
  });
});
