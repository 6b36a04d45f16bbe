import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { generateApiKey, isWellFormedApiKey } from '../../src/api-keys/api-key-format';
import { makeDataDir } from '../support/data-dir';
import { eventually } from '../support/eventually';
import { RestClient } from '../support/rest-client';
import { soonEnough } from '../support/soon-enough';
import { type RunningRest, startRest } from '../support/start-rest';
import { spawnApp, startApp } from '../support/start-app';
import { createDatabase, dropDatabase } from '../support/test-database';

interface Key {
  id: string;
  name: string;
  key: string;
  prefix: string;
  last_used_at: string | null;
}

describe('API keys', () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest();
  });

  afterAll(async () => {
    await running.app.stop();
  });

  async function create(body: object): Promise<Key> {
    const answer = await running.rest.post<Key>('/api-keys', body);
    expect(answer.status).toBe(201);
    return answer.body;
  }

  it('shows a key once, and never again', async () => {
    const created = await create({ name: 'shown once' });
    expect(created).toEqual({
      id: expect.any(String) as string,
      name: 'shown once',
      key: expect.stringMatching(/^mcp_[0-9A-Za-z]{32}$/) as string,
      prefix: created.key.slice(0, 8),
      scopes: ['read', 'write', 'run', 'secrets', 'code'],
      toolsets: null,
      expires_at: null,
      revision: 1,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
    const list = await running.rest.get('/api-keys?limit=100');
    expect(list.body).toMatchObject({ skip: 0, limit: 100 });
    expect(JSON.stringify(list.body)).not.toContain(created.key);
  });

  it('lets a new key in at once, within its scopes', async () => {
    const { key } = await create({ name: 'reader', scopes: ['read'] });
    const reader = running.rest.withKey(key);
    expect((await reader.get('/mcp-definitions')).status).toBe(200);
    for (const [answer, scope] of [
      [await reader.get('/api-keys'), 'admin'],
      [await reader.post('/mcp-definitions', {}), 'write'],
    ] as const) {
      expect([answer.status, answer.body]).toMatchObject([
        403,
        { detail: 'Insufficient permissions', code: 'FORBIDDEN', required_scope: scope },
      ]);
    }
  });

  it('ends a deleted key at once', async () => {
    const { id, key } = await create({ name: 'short-lived' });
    const doomed = running.rest.withKey(key);
    expect((await doomed.get('/mcp-definitions')).status).toBe(200);
    const deleted = await running.rest.delete(`/api-keys/${id}`);
    expect([deleted.status, deleted.body]).toEqual([200, { message: 'API key deleted successfully' }]);
    expect((await doomed.get('/mcp-definitions')).status).toBe(401);
    expect((await running.rest.delete(`/api-keys/${id}`)).status).toBe(404);
  });

  it('ends a key when it expires, though it was used just before', async () => {
    const { expiring, expiresAt } = await soonEnough(700, async (ms) => {
      const end = Date.now() + ms;
      const body = { name: 'expiring', expires_at: new Date(end).toISOString() };
      const made = await running.rest.post<Key>('/api-keys', body);
      const client = running.rest.withKey(made.body.key);
      const used = await client.get('/mcp-definitions');
      if (Date.now() >= end) return null;
      expect([made.status, used.status]).toEqual([201, 200]);
      return { expiring: client, expiresAt: end };
    });
    await eventually(async () => (await expiring.get('/mcp-definitions')).status === 401);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
  });

  it.each([
    ['no key', null],
    ['a malformed key', 'mcp_nonsense'],
    ['a well-formed key that nobody made', generateApiKey()],
  ])('refuses %s', async (_case, key) => {
    const answer = await running.rest.withKey(key).get('/api-keys');
    expect([answer.status, answer.body]).toMatchObject([
      401,
      { detail: 'Invalid API key', code: 'UNAUTHENTICATED' },
    ]);
  });

  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(201) }, 'name'],
    [{ name: 'a\u0000b' }, 'name'],
    [{ name: 5 }, 'name'],
    [{ name: 'x', scopes: [] }, 'scopes'],
    [{ name: 'x', scopes: ['root'] }, 'scopes'],
    [{ name: 'x', scopes: null }, 'scopes'],
    [{ name: 'x', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'x', expires_at: '2099-01-01' }, 'expires_at'],
    [{ name: 'x', expiresAt: '2099-01-01T00:00:00Z' }, 'expiresAt'],
  ])('refuses to make a key from %j, naming %s', async (body, path) => {
    const answer = await running.rest.post('/api-keys', body);
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path }] }]);
  });

  it('keeps the last key that can manage keys', async () => {
    const list = await running.rest.get<{ items: Key[] }>('/api-keys?limit=100');
    const bootstrap = list.body.items.find(({ name }) => name === 'bootstrap');
    expect((await running.rest.delete(`/api-keys/${bootstrap?.id ?? ''}`)).status).toBe(409);
    expect((await running.rest.get('/api-keys')).status).toBe(200);
  });
});

describe('the first API key', () => {
  it('is BOOTSTRAP_API_KEY only while no key exists, and its use is on record after a shutdown', async () => {
    const url = await createDatabase();
    try {
      const first = await startRest({ env: { DATABASE_URL: url } });
      expect((await first.rest.get('/api-keys')).status).toBe(200);
      await first.app.stop();

      const second = await startRest({ env: { DATABASE_URL: url } });
      expect((await second.rest.get('/api-keys')).status).toBe(401);
      const list = await second.rest.withKey(first.key).get('/api-keys');
      expect(list.body).toMatchObject({
        items: [{ name: 'bootstrap', last_used_at: expect.any(String) as string }],
        total: 1,
      });
      await second.app.stop();
    } finally {
      await dropDatabase(url);
    }
  });

  it('refuses to start with a BOOTSTRAP_API_KEY whose check characters are wrong, and does not show it', async () => {
    const wrong = `mcp_${'A'.repeat(32)}`;
    const app = await spawnApp({ env: { BOOTSTRAP_API_KEY: wrong } });
    expect((await app.exited).code).not.toBe(0);
    const told = JSON.stringify(app.logs) + app.output;
    expect(told).toContain('BOOTSTRAP_API_KEY: must be mcp_, 26 characters');
    expect(told).not.toContain(wrong);
    expect(told).not.toContain('[redacted]');
    await app.stop();
  });

  it('is made for BOOTSTRAP_API_KEY by what the guide says', () => {
    const guide = readFileSync(join(__dirname, '../../docs/api-keys.md'), 'utf8');
    const script = /```sh\nnode -e '([^']+)'/.exec(guide)?.[1] ?? '';
    const key = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim();
    expect([key, isWellFormedApiKey(key)]).toEqual([expect.stringMatching(/^mcp_/), true]);
  });

  it('says how to make one when a shared database has none', async () => {
    const app = await startApp();
    expect(app.logs.some(({ msg }) => msg.includes('set BOOTSTRAP_API_KEY'))).toBe(true);
    await app.stop();
  });

  it('is generated with the embedded database, kept for its owner only, and not in a JSON log', async () => {
    const dataDir = makeDataDir();
    const app = await startApp({ env: { DATA_DIR: dataDir.path } });
    const file = join(dataDir.path, 'bootstrap-api-key');
    const key = (await readFile(file, 'utf8')).trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await new RestClient(app.baseUrl, key).get('/api-keys')).status).toBe(200);
    expect(app.logs.some(({ msg }) => msg.includes(file))).toBe(true);
    expect(JSON.stringify(app.logs) + app.output).not.toContain(key);
    await app.stop();
    dataDir.remove();
  });
});
