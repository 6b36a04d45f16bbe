import { request } from 'node:http';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { type DataDir, makeDataDir } from '../support/data-dir';
import { eventually } from '../support/eventually';
import type { RestClient } from '../support/rest-client';
import { spawnApp, startApp, TEST_ENCRYPTION_KEY } from '../support/start-app';
import { type RunningRest, startRest } from '../support/start-rest';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

interface Config {
  id: string;
  name: string;
  updated_at: string;
}

interface ErrorBody {
  detail: string;
  code: string;
  errors?: { path: string; message: string }[];
}

const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';
const PASSWORD_OF_NOBODY = 'hunter2-hunter2';

describe('external databases', () => {
  let running: RunningRest;
  let rest: RestClient;
  let target: TestDatabase;
  let proxy: TcpProxy;
  let settings: Record<string, unknown>;
  let count = 0;

  beforeAll(async () => {
    target = await createTestDatabase();
    proxy = await startTcpProxy(target.url);
    running = await startRest({ env: { EGRESS_ALLOW: 'loopback' } });
    ({ rest } = running);
    const url = new URL(proxy.url);
    settings = {
      db_type: 'postgresql',
      host: url.hostname,
      port: Number(url.port),
      db_name: url.pathname.slice(1),
      username: url.username,
      password: decodeURIComponent(url.password),
    };
  });

  afterAll(async () => {
    await running.app.stop();
    proxy.cut();
    await target.drop();
  });

  async function create(more: object = {}): Promise<Config> {
    const name = `database ${(count += 1)}`;
    const answer = await rest.post<Config>('/external-db-configs', { name, ...settings, ...more });
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
    return answer.body;
  }

  const query = (id: string, body: object, client = rest) =>
    client.post<ErrorBody>(`/external-db-configs/${id}/query`, body);

  async function clientWith(...scopes: string[]): Promise<RestClient> {
    const made = await rest.post<{ key: string }>('/api-keys', { name: scopes.join(' '), scopes });
    return rest.withKey(made.body.key);
  }

  it('gives back what was sent, but never the password', async () => {
    const created = await create({ description: 'd', ssl: { mode: 'disable' } });
    expect(created).toEqual({
      id: expect.any(String) as string,
      name: created.name,
      description: 'd',
      db_type: 'postgresql',
      host: settings['host'],
      port: settings['port'],
      db_name: settings['db_name'],
      username: settings['username'],
      has_password: true,
      ssl: { mode: 'disable' },
      allow_writes: false,
      revision: 1,
      created_at: expect.stringMatching(/\.\d{3}Z$/) as string,
      updated_at: expect.stringMatching(/\.\d{3}Z$/) as string,
    });
    const path = `/external-db-configs/${created.id}`;
    expect((await rest.get(path)).body).toEqual(created);
    expect(
      (await rest.get<{ data: object }>(`/entities/external_db_config/${created.id}`)).body.data,
    ).toEqual(created);
    const changed = await rest.put<Config>(path, { name: `${created.name} renamed`, allow_writes: true });
    expect(changed.body).toEqual({
      ...created,
      name: `${created.name} renamed`,
      allow_writes: true,
      revision: 2,
      updated_at: expect.any(String) as string,
    });
  });

  it('takes the usual port when none is given, and no server for a file', async () => {
    expect(await create({ db_type: 'mariadb', port: undefined })).toMatchObject({ port: 3306 });
    const file = { name: 'file', db_type: 'sqlite', db_name: 'a.db' };
    const made = await rest.post('/external-db-configs', file);
    expect(made.body).toMatchObject({
      host: null,
      port: null,
      username: null,
      ssl: null,
      has_password: false,
    });
  });

  it.each<[string, object, string[]]>([
    ['an unknown type', { db_type: 'oracle' }, ['db_type']],
    ['a path for a host', { host: '/var/run/postgresql' }, ['host']],
    ['several hosts', { host: 'a,b' }, ['host']],
    ['a port beyond the last', { port: 65_536 }, ['port']],
    ['a port in text', { port: '5432' }, ['port']],
    ['null for a field', { host: null }, ['host']],
    ['no host for a server', { host: undefined, username: undefined }, ['host', 'username']],
    ['an unknown field', { passwort: 'x' }, ['passwort']],
    ['an unknown mode of encryption', { ssl: { mode: 'prefer' } }, ['ssl']],
    ['no certificate', { ssl: { mode: 'verify_full', ca: 'x' } }, ['ssl']],
    ['a server for a file', { db_type: 'sqlite' }, ['host', 'port', 'username', 'password', 'db_name']],
  ])('refuses %s', async (_name, change, paths) => {
    const body = { name: 'refused', ...settings, ...(paths.length === 5 && { db_name: '../x' }), ...change };
    const answer = await rest.post<ErrorBody>('/external-db-configs', body);
    expect([answer.status, answer.body.errors?.map(({ path }) => path)]).toEqual([400, paths]);
  });

  it('has each name once', async () => {
    const { name } = await create();
    const again = await rest.post('/external-db-configs', { name, ...settings });
    expect([again.status, again.body]).toMatchObject([409, { code: 'CONFLICT' }]);
    const other = await create();
    expect((await rest.put(`/external-db-configs/${other.id}`, { name })).status).toBe(409);
  });

  it('lists newest first, by type and by part of the name', async () => {
    const [a, b] = [await create({ name: 'listed 100% a' }), await create({ name: 'listed 100% b' })];
    const found = await rest.get('/external-db-configs?search=LISTED%20100%25&db_type=postgresql&limit=1');
    expect(found.body).toMatchObject({ items: [{ id: b.id }], total: 2, skip: 0, limit: 1 });
    const next = await rest.get('/external-db-configs?search=listed%20100%25&skip=1');
    expect(next.body).toMatchObject({ items: [{ id: a.id }], total: 2, skip: 1, limit: 10 });
    expect((await rest.get('/external-db-configs?search=listed&db_type=mssql')).body).toMatchObject({
      total: 0,
    });
  });

  it('does not send a stored password to another server', async () => {
    const { id } = await create();
    const path = `/external-db-configs/${id}`;
    for (const change of [{ host: 'localhost' }, { port: 1 }, { ssl: { mode: 'require' } }]) {
      const answer = await rest.put<ErrorBody>(path, change);
      expect([answer.status, answer.body.errors?.map((error) => error.path)]).toEqual([400, ['password']]);
    }
    expect((await rest.put(path, { host: 'localhost', password: settings['password'] })).status).toBe(200);
    expect((await rest.put(path, { db_type: 'mysql' })).status).toBe(400);
    expect((await rest.put(path, { password: '' })).body).toMatchObject({ has_password: false });
  });

  it('tests a connection', async () => {
    const { id } = await create();
    const good = await rest.post(`/external-db-configs/${id}/test`);
    expect([good.status, good.body]).toMatchObject([
      200,
      { ok: true, server_version: expect.stringMatching(/^PostgreSQL \d/) as string, error: null },
    ]);
    const bad = await create({ username: 'nobody', password: PASSWORD_OF_NOBODY });
    expect((await rest.post(`/external-db-configs/${bad.id}/test`)).body).toEqual({
      ok: false,
      server_version: null,
      latency_ms: null,
      error: { code: 'CONNECTION_FAILED', detail: 'The server refuses the user name or the password' },
    });
  });

  it('shows what a database holds', async () => {
    const { id } = await create();
    const { body } = await rest.get(
      `/external-db-configs/${id}/schema?schema=public&table=workflow_versions`,
    );
    expect(body).toMatchObject({
      schemas: [
        {
          name: 'public',
          tables: [
            {
              name: 'workflow_versions',
              type: 'table',
              columns: expect.arrayContaining([
                { name: 'id', type: 'uuid', nullable: false, primary_key: true },
              ]) as object[],
              foreign_keys: [
                {
                  columns: ['workflow_definition_id'],
                  references: { schema: 'public', table: 'workflow_definitions', columns: ['id'] },
                },
              ],
            },
          ],
        },
      ],
      truncated: false,
    });
  });

  it('answers statements, with the keys of rows untouched', async () => {
    const { id } = await create();
    const answer = await query(id, {
      sql: 'SELECT n AS "camelCase", :word::text AS word FROM generate_series(1, 2) AS n',
      parameters: { word: "it's" },
    });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        columns: ['camelCase', 'word'],
        rows: [
          { camelCase: 1, word: "it's" },
          { camelCase: 2, word: "it's" },
        ],
        row_count: 2,
        truncated: false,
        affected_rows: null,
      },
    ]);
  });

  it('lets write only whom both the configuration and the key allow', async () => {
    const [reading, writing] = [await create(), await create({ allow_writes: true })];
    const runner = await clientWith('run');
    const insert = { sql: "INSERT INTO encryption_canary (sealed) VALUES ('x') ON CONFLICT DO NOTHING" };
    for (const [id, client] of [
      [reading.id, rest],
      [writing.id, runner],
    ] as const) {
      const answer = await query(id, insert, client);
      expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN']);
    }
    expect((await query(writing.id, insert)).status).toBe(200);
    expect((await query(writing.id, { sql: 'SELECT 1' }, runner)).status).toBe(200);
  });

  it('asks of a key the scope of what it does', async () => {
    const { id } = await create();
    const path = `/external-db-configs/${id}`;
    const [reader, runner] = [await clientWith('read'), await clientWith('run')];
    expect((await reader.get(path)).status).toBe(200);
    expect((await reader.get(`${path}/schema`)).status).toBe(200);
    expect((await query(id, { sql: 'SELECT 1' }, reader)).status).toBe(403);
    expect((await reader.post(`${path}/test`)).status).toBe(403);
    expect((await reader.put(path, {})).status).toBe(403);
    expect((await runner.delete(path)).status).toBe(403);
    expect((await runner.get(path)).status).toBe(403);
  });

  it.each<[object, number, string]>([
    [{}, 400, 'INVALID_REQUEST'],
    [{ sql: 'SELECT 1; SELECT 2' }, 400, 'INVALID_REQUEST'],
    [{ sql: 'SELECT :x' }, 400, 'INVALID_REQUEST'],
    [{ sql: 'SELECT 1', parameters: { x: 1 } }, 400, 'INVALID_REQUEST'],
    [{ sql: 'SELECT 1', parameters: [] }, 400, 'INVALID_REQUEST'],
    [{ sql: 'SELECT 1\0' }, 400, 'INVALID_REQUEST'],
    [{ sql: 'SELECT 1', max_rows: 10_001 }, 400, 'INVALID_REQUEST'],
    [{ sql: 'SELECT 1', timeout_seconds: 301 }, 400, 'INVALID_REQUEST'],
    [{ sql: 'SELECT nothing' }, 422, 'UNPROCESSABLE'],
    [{ sql: 'SELECT n FROM generate_series(1, 9) AS n', max_rows: 8 }, 422, 'OUTPUT_TOO_LARGE'],
    [{ sql: 'SELECT pg_sleep(600)', timeout_seconds: 0.1 }, 504, 'TIMEOUT'],
  ])('answers %j with %i %s', async (body, status, code) => {
    const { id } = await create();
    const answer = await query(id, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('ends a statement whose client goes away', async () => {
    const { id } = await create();
    const url = new URL(`${running.app.baseUrl}/api/v1/external-db-configs/${id}/query`);
    const sent = request(url, {
      method: 'POST',
      headers: { 'x-api-key': running.key, 'content-type': 'application/json' },
    });
    sent.on('error', () => undefined);
    sent.end(JSON.stringify({ sql: 'SELECT pg_sleep(600)', timeout_seconds: 300 }));
    const countSleeping = async (): Promise<number> => {
      const rows = await target.dataSource.query<unknown[]>(
        "SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600%' AND state = 'active' AND pid <> pg_backend_pid()",
      );
      return rows.length;
    };
    await eventually(async () => (await countSleeping()) === 1);
    sent.destroy();
    await eventually(async () => (await countSleeping()) === 0);
  });

  it('is gone once deleted', async () => {
    const { id } = await create();
    await query(id, { sql: 'SELECT 1' });
    const deleted = await rest.delete(`/external-db-configs/${id}`);
    expect([deleted.status, deleted.body]).toEqual([
      200,
      { message: 'External database configuration deleted successfully' },
    ]);
    expect((await rest.get(`/external-db-configs/${id}`)).status).toBe(404);
    expect((await query(id, { sql: 'SELECT 1' })).status).toBe(404);
    expect((await rest.delete(`/external-db-configs/${UNKNOWN_ID}`)).status).toBe(404);
    expect((await rest.post(`/external-db-configs/${UNKNOWN_ID}/test`)).status).toBe(404);
    expect((await rest.put(`/external-db-configs/${UNKNOWN_ID}`, {})).status).toBe(404);
  });

  describe('used by sql_query components', () => {
    const component = (id: string, sql: string): object => ({
      name: `component ${(count += 1)}`,
      mcp_type: 'sql_query',
      config: { type: 'sql_query', external_db_config_id: id, sql },
    });

    it('run their statements, a call at a time and in workflows', async () => {
      const { id } = await create();
      const made = await rest.post<{ id: string }>(
        '/mcp-definitions',
        component(id, 'SELECT :n::int * 2 AS twice'),
      );
      expect(made.status).toBe(201);
      const { body } = await rest.post(`/mcp-definitions/${made.body.id}/invoke`, {
        inputs: { n: 21 },
        wait_seconds: 120,
      });
      expect(body).toMatchObject({
        status: 'succeeded',
        result: { rows: [{ twice: 42 }], row_count: 1, truncated: false },
      });
    });

    it.each([
      ['SELECT 1; SELECT 2', 'config.sql'],
      ["SELECT 'open", 'config.sql'],
    ])('refuse %j when they are saved', async (sql, path) => {
      const { id } = await create();
      const answer = await rest.post<ErrorBody>('/mcp-definitions', component(id, sql));
      expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path }] }]);
    });

    it('must be there when they are saved', async () => {
      const answer = await rest.post<ErrorBody>('/mcp-definitions', component(UNKNOWN_ID, 'SELECT 1'));
      expect([answer.status, answer.body]).toMatchObject([
        400,
        { errors: [{ path: 'config.external_db_config_id' }] },
      ]);
    });

    it('are not deleted while the latest version of one refers to them, and say which', async () => {
      const { id } = await create();
      const other = await create();
      const made = await rest.post<{ id: string; name: string; latest_version: { id: string } }>(
        '/mcp-definitions',
        component(id, 'SELECT 1'),
      );
      const refused = await rest.delete<ErrorBody>(`/external-db-configs/${id}`);
      const user = { type: 'mcp_definition', id: made.body.id, name: made.body.name };
      expect([refused.status, refused.body]).toMatchObject([409, { code: 'CONFLICT', users: [user] }]);

      const entity = await rest.get<{ related_entities: object[] }>(
        `/entities/mcp_version/${made.body.latest_version.id}?relationship=uses_database`,
      );
      expect(entity.body.related_entities).toEqual([
        { id, type: 'external_db_config', relationship: 'uses_database' },
      ]);
      const inverse = await rest.get<{ related_entities: object[] }>(`/entities/external_db_config/${id}`);
      expect(inverse.body.related_entities).toEqual([
        { id: made.body.latest_version.id, type: 'mcp_version', relationship: 'used_by_mcp_version' },
      ]);

      const config = { type: 'sql_query', external_db_config_id: other.id, sql: 'SELECT 1' };
      expect((await rest.put(`/mcp-definitions/${made.body.id}`, { config })).status).toBe(200);
      expect((await rest.delete(`/external-db-configs/${id}`)).status).toBe(200);
      const back = await rest.post<ErrorBody>(`/mcp-definitions/${made.body.id}/versions/1.0.0/make-latest`);
      expect([back.status, back.body]).toMatchObject([
        400,
        { errors: [{ path: 'config.external_db_config_id' }] },
      ]);
    });

    it('are never left without their database when both change at once', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { id } = await create();
        const [saved, deleted] = await Promise.all([
          rest.post('/mcp-definitions', component(id, 'SELECT 1')),
          rest.delete(`/external-db-configs/${id}`),
        ]);
        expect([
          [201, 409],
          [400, 200],
        ]).toContainEqual([saved.status, deleted.status]);
      }
    });
  });

  it('shows no password again: not in an answer, not in the log', async () => {
    const { id } = await create({ password: PASSWORD_OF_NOBODY });
    await query(id, { sql: 'SELECT 1' });
    await rest.post(`/external-db-configs/${id}/test`);
    expect(JSON.stringify(running.app.logs) + running.app.output).not.toContain(PASSWORD_OF_NOBODY);
    const listed = await rest.get('/external-db-configs?limit=100');
    expect(JSON.stringify(listed.body)).not.toContain(PASSWORD_OF_NOBODY);
  });
});

describe('the encryption key', () => {
  it('is demanded beside a DATABASE_URL', async () => {
    const app = await spawnApp({
      env: { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/d', ENCRYPTION_KEY: '' },
    });
    expect(await app.exited).toMatchObject({ code: 78 });
    expect(app.output).toContain('ENCRYPTION_KEY must be set when DATABASE_URL is');
  });

  it('must be the one of the database', async () => {
    const database = await createTestDatabase();
    const first = await startApp({ env: { DATABASE_URL: database.url } });
    await first.stop();
    const other = Buffer.alloc(32, 8).toString('base64');
    const wrong = await spawnApp({ env: { DATABASE_URL: database.url, ENCRYPTION_KEY: other } });
    expect(await wrong.exited).toMatchObject({ code: 1 });
    const said = wrong.output + wrong.logs.map(({ msg }) => msg).join('\n');
    expect(said).toContain('ENCRYPTION_KEY: the secrets in this database were encrypted under another key');
    expect(said).not.toContain(other);
    const both = await startApp({
      env: { DATABASE_URL: database.url, ENCRYPTION_KEY: `${other},${TEST_ENCRYPTION_KEY}` },
    });
    await both.stop();
    await database.drop();
  });

  describe('of the embedded mode', () => {
    let dataDir: DataDir;

    beforeEach(() => {
      dataDir = makeDataDir();
    });

    afterEach(() => {
      dataDir.remove();
    });

    it('is made at the first start and must be there at the next; SQLite files stand beside it', async () => {
      const env = { DATA_DIR: dataDir.path };
      const path = join(dataDir.path, 'encryption-key');
      mkdirSync(join(dataDir.path, 'sqlite'));

      const first = await startRest({ env });
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const made = await first.rest.post<Config>('/external-db-configs', {
        name: 'file',
        db_type: 'sqlite',
        db_name: 'a.db',
        allow_writes: true,
      });
      const sql = 'CREATE TABLE t (a integer)';
      expect((await first.rest.post(`/external-db-configs/${made.body.id}/query`, { sql })).status).toBe(200);
      expect(statSync(join(dataDir.path, 'sqlite/a.db')).size).toBeGreaterThan(0);
      await first.app.stop();

      rmSync(path);
      const without = await spawnApp({ env });
      expect(await without.exited).toMatchObject({ code: 1 });
      // The last word: nothing about the database that is stopped because of it.
      expect(without.logs.at(-1)).toMatchObject({
        level: 60,
        msg: expect.stringContaining(`${path} is missing`) as string,
      });
    });
  });
});
