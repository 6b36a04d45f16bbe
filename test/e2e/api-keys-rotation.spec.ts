import { Client } from 'pg';

import { CREDENTIAL_CACHE_MS } from '../../src/common/auth/credential-cache';
import { type DeafProxy, startDeafProxy } from '../support/deaf-proxy';
import { eventually } from '../support/eventually';
import type { RestAnswer, RestClient } from '../support/rest-client';
import { soonEnough } from '../support/soon-enough';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

interface Key {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly created_at: string;
  readonly rotated_at: string | null;
  readonly previous_key_ends_at: string | null;
}

/** Every `/api/v1` answer of 401 counts as refused, any other as let in. */
async function isLetIn(rest: RestClient, key: string): Promise<boolean> {
  return (await rest.withKey(key).get('/mcp-types')).status !== 401;
}

async function create(rest: RestClient, body: object): Promise<Key> {
  const answer = await rest.post<Key>('/api-keys', { name: 'a key', scopes: ['read'], ...body });
  expect(answer.status).toBe(201);
  return answer.body;
}

function rotate(rest: RestClient, id: string, body: object = {}): Promise<RestAnswer<Key>> {
  return rest.post<Key>(`/api-keys/${id}/rotate`, body);
}

describe('rotating an API key', () => {
  let running: RunningRest;
  let rest: RestClient;

  beforeAll(async () => {
    running = await startRest();
    rest = running.rest;
  });
  afterAll(() => running.app.stop());

  it('gives the same key another text, and ends the one it had', async () => {
    const before = await create(rest, { name: 'rotated', scopes: ['read', 'run'] });
    expect(await isLetIn(rest, before.key)).toBe(true);
    const { status, body: after } = await rotate(rest, before.id);
    expect(status).toBe(200);
    expect(after).toEqual({
      ...before,
      key: expect.stringMatching(/^mcp_[0-9A-Za-z]{32}$/) as string,
      prefix: after.key.slice(0, 8),
      rotated_at: expect.any(String) as string,
      previous_key_ends_at: null,
      revision: 2,
    });
    expect(after.key).not.toBe(before.key);
    expect([await isLetIn(rest, before.key), await isLetIn(rest, after.key)]).toEqual([false, true]);
    const forbidden = await rest.withKey(after.key).post('/mcp-definitions', {});
    expect(forbidden.status).toBe(403);
  });

  it('lets the old text in until the grace is over, though it was used just before', async () => {
    const { before, after, endsAt } = await soonEnough(1_000, async (ms) => {
      const created = await create(rest, {});
      const { body: rotated } = await rotate(rest, created.id, { grace_seconds: ms / 1_000 });
      const end = Date.parse(rotated.previous_key_ends_at ?? '');
      expect(end - Date.parse(rotated.rotated_at ?? '')).toBe(ms);
      const isIn = await isLetIn(rest, created.key);
      if (Date.now() >= end) return null;
      expect(isIn).toBe(true);
      return { before: created, after: rotated, endsAt: end };
    });
    await eventually(async () => !(await isLetIn(rest, before.key)));
    expect(Date.now()).toBeGreaterThanOrEqual(endsAt);
    expect(await isLetIn(rest, after.key)).toBe(true);
  });

  it('keeps every earlier text for its own grace, and ends all of them when there is none', async () => {
    const first = await create(rest, {});
    const { body: second } = await rotate(rest, first.id, { grace_seconds: 3600 });
    const { body: third } = await rotate(rest, first.id, { grace_seconds: 604_800 });
    for (const { key } of [first, second, third]) expect(await isLetIn(rest, key)).toBe(true);
    const shown = await rest.get<Key>(`/api-keys/${first.id}`);
    expect(shown.body.previous_key_ends_at).toBe(third.previous_key_ends_at);

    const { body: last } = await rotate(rest, first.id);
    for (const { key } of [first, second, third]) expect(await isLetIn(rest, key)).toBe(false);
    expect(await isLetIn(rest, last.key)).toBe(true);
  });

  it('does not let the old text outlive the key', async () => {
    const { before, expiresAt } = await soonEnough(900, async (ms) => {
      const end = Date.now() + ms;
      const body = { name: 'a key', scopes: ['read'], expires_at: new Date(end).toISOString() };
      const created = await rest.post<Key>('/api-keys', body);
      const rotated = await rotate(rest, created.body.id, { grace_seconds: 3600 });
      const isIn = await isLetIn(rest, created.body.key);
      if (Date.now() >= end) return null;
      expect([created.status, rotated.status, isIn]).toEqual([201, 200, true]);
      return { before: created.body, expiresAt: end };
    });
    await eventually(async () => !(await isLetIn(rest, before.key)));
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
    const refused = await rotate(rest, before.id);
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'CONFLICT' }]);
  });

  it('ends every text of a key that is deleted', async () => {
    const before = await create(rest, {});
    const { body: after } = await rotate(rest, before.id, { grace_seconds: 3600 });
    expect([await isLetIn(rest, before.key), await isLetIn(rest, after.key)]).toEqual([true, true]);
    const deleted = await rest.delete(`/api-keys/${before.id}`);
    expect(deleted.body).toEqual({ message: 'API key deleted successfully' });
    expect([await isLetIn(rest, before.key), await isLetIn(rest, after.key)]).toEqual([false, false]);
    expect((await rotate(rest, before.id)).status).toBe(404);
  });

  it('is for those who manage keys', async () => {
    const { id, key } = await create(rest, { scopes: ['read', 'write', 'run', 'secrets', 'code'] });
    for (const answer of [
      await rotate(rest.withKey(key), id),
      await rest.withKey(key).get(`/api-keys/${id}`),
      await rest.withKey(key).post('/api-keys', { name: 'x', scopes: ['read'] }),
    ]) {
      expect([answer.status, answer.body]).toMatchObject([403, { detail: 'Insufficient permissions' }]);
    }
  });

  it.each([-1, 604_801, 1.5, '60', null])('refuses a grace of %j', async (grace) => {
    const { id } = await create(rest, {});
    const answer = await rotate(rest, id, { grace_seconds: grace });
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path: 'grace_seconds' }] }]);
  });

  it.each(['2030-W05-1T00:00:00Z', '2030-02-30T00:00:00Z', '2030-123T00:00:00Z', '2030-01-31T12:00:00'])(
    'refuses to make a key that ends at %s',
    async (expiresAt) => {
      const answer = await rest.post('/api-keys', { name: 'x', expires_at: expiresAt });
      expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path: 'expires_at' }] }]);
    },
  );

  it('shows no text in lists, whichever way it is asked', async () => {
    const created = await create(rest, { name: 'needle 100%' });
    const { body: rotated } = await rotate(rest, created.id, { grace_seconds: 60 });
    for (const query of ['search=NEEDLE%20100%25', `search=${rotated.prefix}`]) {
      const list = await rest.get<{ items: Key[]; total: number }>(`/api-keys?${query}`);
      expect(list.body).toMatchObject({ items: [{ id: created.id, scopes: ['read'], expires_at: null }] });
      expect(list.body.total).toBe(list.body.items.length);
      expect(JSON.stringify(list.body)).not.toMatch(/mcp_[0-9A-Za-z]{32}|hash/);
    }
  });

  it.each([
    ['scope=code', ['b']],
    ['expires_before=2031-01-01T00:00:00Z', ['b']],
    ['search=filtered', ['b', 'a']],
    ['search=filtered&created_after=2100-01-01T00:00:00Z', []],
    ['search=filtered&created_before=2100-01-01T00:00:00Z', ['b', 'a']],
  ])('lists the keys of %s, newest first', async (query, names) => {
    const list = async (): Promise<Key[]> =>
      (await rest.get<{ items: Key[] }>(`/api-keys?${query}&limit=100`)).body.items;
    if (!(await rest.get<{ total: number }>('/api-keys?search=filtered')).body.total) {
      await create(rest, { name: 'filtered a' });
      const expires_at = '2030-06-01T00:00:00Z';
      await create(rest, { name: 'filtered b', scopes: ['code'], expires_at });
    }
    const found = (await list()).filter(({ name }) => name.startsWith('filtered'));
    expect(found.map(({ name }) => name)).toEqual(names.map((name) => `filtered ${name}`));
  });
});

describe('several processes on one database', () => {
  let url: string;
  let proxy: DeafProxy;
  let here: RunningRest;
  let there: RunningRest;
  /** From some moment on it hears of nothing. */
  let deaf: RunningRest;

  beforeAll(async () => {
    url = await createDatabase();
    proxy = await startDeafProxy(url);
    here = await startRest({ env: { DATABASE_URL: url, ROLE: 'api' } });
    const env = { ROLE: 'api', BOOTSTRAP_API_KEY: here.key };
    [there, deaf] = await Promise.all([
      startRest({ env: { ...env, DATABASE_URL: url } }),
      startRest({ env: { ...env, DATABASE_URL: proxy.url } }),
    ]);
    await eventually(() => proxy.listeners > 0);
  });

  afterAll(async () => {
    await Promise.all([here, there, deaf].map(({ app }) => app.stop()));
    await proxy.close();
    await dropDatabase(url);
  });

  it('refuse a deleted key and a replaced text when they hear of it, and otherwise after a while, though they are used', async () => {
    const deleted = await create(here.rest, {});
    const rotated = await create(here.rest, {});
    const keys = [deleted.key, rotated.key];
    proxy.deafen();
    const askedAt = performance.now();
    // Whoever looked it up first would be the first to look again.
    for (const { rest } of [deaf, there]) {
      for (const key of keys) expect(await isLetIn(rest, key)).toBe(true);
    }
    await here.rest.delete(`/api-keys/${deleted.id}`);
    const { body: after } = await rotate(here.rest, rotated.id);
    const refuses = async ({ rest }: RunningRest): Promise<boolean> =>
      (await Promise.all(keys.map((key) => isLetIn(rest, key)))).every((isIn) => !isIn);
    expect(await refuses(here)).toBe(true);
    await eventually(() => refuses(there));
    // So it was told: who was not told, and asked before it, still remembers, unless all this took too long.
    const remembers = await Promise.all(keys.map((key) => isLetIn(deaf.rest, key)));
    if (performance.now() - askedAt < CREDENTIAL_CACHE_MS) expect(remembers).toEqual([true, true]);
    // For how long at most, credential-cache.spec.ts says by a clock of its own.
    await eventually(() => refuses(deaf));
    for (const { rest } of [here, there, deaf]) expect(await isLetIn(rest, after.key)).toBe(true);
  });
});

describe('last_used_at', () => {
  it('costs no write a request: one in all, when the process stops', async () => {
    const url = await createDatabase();
    const database = new Client({ connectionString: url });
    await database.connect();
    await database.query(`
      CREATE TABLE writes (at timestamptz DEFAULT clock_timestamp());
      CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO writes DEFAULT VALUES; RETURN NULL; END $$;
      CREATE TRIGGER count_writes AFTER UPDATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION count_write()`);
    const writes = async (): Promise<number> => (await database.query('SELECT FROM writes')).rowCount ?? 0;
    const lastUsed = async (): Promise<unknown> =>
      (await database.query<{ last_used_at: Date | null }>('SELECT last_used_at FROM api_keys')).rows;
    try {
      const { rest, app } = await startRest({ env: { DATABASE_URL: url } });
      for (let request = 0; request < 200; request++) await rest.get('/mcp-types');
      expect(await writes()).toBe(0);
      await app.stop();
      expect(await writes()).toBe(1);
      expect(await lastUsed()).toEqual([{ last_used_at: expect.any(Date) as Date }]);
    } finally {
      await database.end();
      await dropDatabase(url);
    }
  });
});
