import { Client } from 'pg';

import { generateApiKey } from '../../src/api-keys/api-key-format';
import { eventually } from '../support/eventually';
import type { RestClient } from '../support/rest-client';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

const MINUTE_MS = 60_000;

interface Session {
  readonly id: string;
  readonly api_key_id: string;
  readonly scopes: readonly string[];
  readonly expires_at: string;
  readonly ends_at: string;
  readonly token?: string;
  readonly token_type: string;
  readonly csrf_token?: string;
}

interface Key {
  readonly id: string;
  readonly key: string;
}

let url: string;
let first: RunningRest;
/** Another process on the same database. */
let second: RunningRest;
let database: Client;

beforeAll(async () => {
  url = await createDatabase();
  const key = generateApiKey();
  const env = { DATABASE_URL: url, BOOTSTRAP_API_KEY: key, ROLE: 'api', TRUST_PROXY: '1' };
  first = await startRest({ env });
  second = await startRest({ env });
  database = new Client({ connectionString: url });
  await database.connect();
});

afterAll(async () => {
  await database.end();
  await first.app.stop();
  await second.app.stop();
  await dropDatabase(url);
});

async function makeKey(body: object = {}): Promise<Key> {
  return (await first.rest.post<Key>('/api-keys', { name: 'a key', scopes: ['read', 'run'], ...body })).body;
}

async function begin(rest: RestClient, body: object = {}): Promise<Session> {
  const answer = await rest.post<Session>('/auth/session', body);
  expect(answer.status).toBe(201);
  return answer.body;
}

/** Sends a request with no credential but these headers. */
function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  { app }: RunningRest = first,
): Promise<Response> {
  return fetch(`${app.baseUrl}/api/v1${path}`, { method, headers });
}

const bearer = (token = ''): Record<string, string> => ({ authorization: `Bearer ${token}` });

async function statusOf(token: string | undefined, running: RunningRest = first): Promise<number> {
  return (await send('GET', '/mcp-types', bearer(token), running)).status;
}

describe('a session', () => {
  it('acts for its key with a token that every process takes', async () => {
    const key = await makeKey();
    const session = await begin(first.rest.withKey(key.key));
    expect(session).toEqual({
      id: expect.any(String) as string,
      api_key_id: key.id,
      scopes: ['read', 'run'],
      expires_at: expect.any(String) as string,
      ends_at: expect.any(String) as string,
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      token_type: 'Bearer',
    });
    expect(Date.parse(session.expires_at) - Date.now()).toBeLessThanOrEqual(15 * MINUTE_MS);
    expect(Date.parse(session.expires_at) - Date.now()).toBeGreaterThan(14 * MINUTE_MS);
    expect(Date.parse(session.ends_at) - Date.now()).toBeLessThanOrEqual(12 * 60 * MINUTE_MS);
    expect([await statusOf(session.token), await statusOf(session.token, second)]).toEqual([200, 200]);
    const shown = await send('GET', '/auth/session', bearer(session.token), second);
    const { token: _token, token_type: _type, ...fields } = session;
    expect([shown.status, await shown.json()]).toEqual([
      200,
      { ...fields, expires_at: expect.any(String) as string },
    ]);
  });

  it("has its key's scopes and no others", async () => {
    const { token } = await begin(first.rest.withKey((await makeKey({ scopes: ['run'] })).key));
    expect(await statusOf(token)).toBe(403);
  });

  it('begins and ends with a key that has no scope to speak of', async () => {
    const { token } = await begin(first.rest.withKey((await makeKey({ scopes: ['secrets'] })).key));
    expect((await send('DELETE', '/auth/session', bearer(token))).status).toBe(200);
  });

  it('is begun by an API key only, which may also come as a bearer', async () => {
    const { token } = await begin(first.rest);
    expect((await send('POST', '/auth/session', bearer(token))).status).toBe(403);
    const { key } = await makeKey();
    expect((await send('POST', '/auth/session', bearer(key))).status).toBe(201);
    expect(await statusOf(key)).toBe(200);
  });

  it('gets another token by each refresh, and no longer life', async () => {
    const session = await begin(first.rest);
    const answer = await send('POST', '/auth/session/refresh', bearer(session.token), second);
    const refreshed = (await answer.json()) as Session;
    expect([answer.status, refreshed]).toMatchObject([200, { id: session.id, ends_at: session.ends_at }]);
    expect(await statusOf(refreshed.token)).toBe(200);

    await database.query("UPDATE sessions SET ends_at = now() + interval '1 minute' WHERE id = $1", [
      session.id,
    ]);
    const last = await send('POST', '/auth/session/refresh', bearer(refreshed.token));
    const { expires_at, ends_at } = (await last.json()) as Session;
    expect(expires_at).toBe(ends_at);
  });

  it('is refused at its end, whatever its token says', async () => {
    const session = await begin(first.rest);
    await database.query('UPDATE sessions SET ends_at = now() WHERE id = $1', [session.id]);
    expect(await statusOf(session.token)).toBe(401);
  });

  it('is ended at once here, and on every other process when it hears of it', async () => {
    const { token } = await begin(first.rest);
    expect(await statusOf(token, second)).toBe(200);
    const ended = await send('DELETE', '/auth/session', bearer(token));
    expect([ended.status, await ended.json()]).toEqual([200, { message: 'Session ended successfully' }]);
    expect(await statusOf(token)).toBe(401);
    await eventually(async () => (await statusOf(token, second)) === 401);
    const again = await send('DELETE', '/auth/session', bearer(token));
    expect([again.status, again.headers.get('www-authenticate')]).toEqual([401, 'ApiKey, Bearer']);
  });

  it('dies with its key, and with the text of the key that began it', async () => {
    const deleted = await makeKey();
    const rotated = await makeKey();
    const spared = await makeKey();
    const sessions = await Promise.all(
      [deleted, rotated, spared].map(({ key }) => begin(first.rest.withKey(key))),
    );
    const statuses = (running: RunningRest): Promise<number[]> =>
      Promise.all(sessions.map(({ token }) => statusOf(token, running)));
    expect(await statuses(second)).toEqual([200, 200, 200]);
    await first.rest.delete(`/api-keys/${deleted.id}`);
    await first.rest.post(`/api-keys/${rotated.id}/rotate`, {});
    await first.rest.post(`/api-keys/${spared.id}/rotate`, { grace_seconds: 3600 });
    expect(await statuses(first)).toEqual([401, 401, 200]);
    await eventually(async () => (await statuses(second)).join() === '401,401,200');
  });

  it.each<[string, (token: string) => string]>([
    ['a changed signature', (token) => `${token.slice(0, -3)}AAA`],
    ['no signature', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
    [
      'the algorithm "none"',
      (token) =>
        `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${token.split('.')[1] ?? ''}.`,
    ],
  ])('is refused with %s', async (_case, forge) => {
    const { token = '' } = await begin(first.rest);
    expect([await statusOf(token), await statusOf(forge(token))]).toEqual([200, 401]);
  });

  it('keeps nothing by which a database that is read would open it', async () => {
    const { token = '' } = await begin(first.rest);
    const { rows } = await database.query('SELECT t::text FROM session_signing_keys t');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).toMatch(/v1\.[^"]+/);
    const { rows: sessions } = await database.query('SELECT t::text FROM sessions t');
    expect(JSON.stringify(sessions)).not.toContain(token.split('.')[2]);
  });
});

describe('a session in a cookie', () => {
  /** Begins one as a browser on this server's own page does; gives what its page and its cookie jar then hold. */
  async function beginInBrowser(
    headers: Record<string, string> = {},
  ): Promise<{ session: Session; cookie: string; attributes: string[] }> {
    const answer = await fetch(`${first.app.baseUrl}/api/v1/auth/session`, {
      method: 'POST',
      headers: { ...headers, 'x-api-key': first.key, 'content-type': 'application/json' },
      body: '{"cookie":true}',
    });
    const [cookie = '', ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ');
    return { session: (await answer.json()) as Session, cookie, attributes };
  }

  it('hides the token from scripts and other sites', async () => {
    const { session, cookie, attributes } = await beginInBrowser();
    expect(cookie).toMatch(/^mcp_session=[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/']));
    expect(attributes).not.toContain('Secure');
    expect(session).toMatchObject({ token_type: 'Cookie', csrf_token: expect.any(String) as string });
    expect(session.token).toBeUndefined();
    expect((await send('GET', '/mcp-types', { cookie })).status).toBe(200);
  });

  it('is never sent in clear once TLS was there', async () => {
    const https = { 'x-forwarded-proto': 'https' };
    const { cookie, attributes } = await beginInBrowser(https);
    expect(cookie).toMatch(/^__Host-mcp_session=/);
    expect(attributes).toEqual(expect.arrayContaining(['Secure', 'HttpOnly', 'SameSite=Strict', 'Path=/']));
    expect((await send('GET', '/mcp-types', { cookie, ...https })).status).toBe(200);
    expect((await send('GET', '/mcp-types', { cookie })).status).toBe(401);
  });

  it('changes something only with the token of its page, and never for another site', async () => {
    const { session, cookie } = await beginInBrowser();
    const refresh = async (headers: Record<string, string>): Promise<number> =>
      (await send('POST', '/auth/session/refresh', { cookie, ...headers })).status;
    const csrf = { 'x-csrf-token': session.csrf_token ?? '' };
    expect(await refresh({})).toBe(403);
    expect(await refresh({ 'x-csrf-token': 'guessed' })).toBe(403);
    expect(await refresh({ ...csrf, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await refresh({ ...csrf, origin: 'https://evil.example' })).toBe(403);
    expect(await refresh({ ...csrf, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await refresh({ ...csrf, origin: first.app.baseUrl })).toBe(200);
  });

  it('asks no such token of a request with a header of its own', async () => {
    const { cookie } = await beginInBrowser();
    const { token } = await begin(first.rest);
    expect((await send('POST', '/auth/session/refresh', { cookie, ...bearer(token) })).status).toBe(200);
  });

  it('is refreshed into the cookie, keeps its CSRF token, and is taken back at its end', async () => {
    const { session, cookie } = await beginInBrowser();
    const csrf = { 'x-csrf-token': session.csrf_token ?? '' };
    const refreshed = await send('POST', '/auth/session/refresh', { cookie, ...csrf });
    expect(await refreshed.json()).toMatchObject({ id: session.id, csrf_token: session.csrf_token });
    const [next = ''] = (refreshed.headers.get('set-cookie') ?? '').split('; ');
    expect(next).toMatch(/^mcp_session=/);
    const ended = await send('DELETE', '/auth/session', { cookie: next, ...csrf });
    expect([ended.status, ended.headers.get('set-cookie')]).toEqual([
      200,
      expect.stringMatching(/^mcp_session=; Path=\/; Expires=Thu, 01 Jan 1970/),
    ]);
    expect((await send('GET', '/mcp-types', { cookie })).status).toBe(401);
  });
});

describe('ending all sessions', () => {
  it('makes every token worthless everywhere and signs the next with another key', async () => {
    const before = await begin(first.rest);
    expect(await statusOf(before.token, second)).toBe(200);
    const ended = await first.rest.delete('/auth/sessions');
    expect([ended.status, ended.body]).toEqual([200, { message: 'All sessions ended successfully' }]);
    expect(await statusOf(before.token)).toBe(401);
    await eventually(async () => (await statusOf(before.token, second)) === 401);
    const after = await begin(second.rest);
    expect(await statusOf(after.token)).toBe(200);
    const keyOf = (token = ''): unknown =>
      (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: unknown }).kid;
    expect(keyOf(after.token)).not.toBe(keyOf(before.token));
  });

  it('is for keys with the scope admin', async () => {
    const { key } = await makeKey();
    expect((await first.rest.withKey(key).delete('/auth/sessions')).status).toBe(403);
  });

  it('lets tokens of a key that grew old serve until their end', async () => {
    const before = await begin(first.rest);
    await database.query("UPDATE session_signing_keys SET created_at = now() - interval '31 days'");
    const after = await begin(second.rest);
    const { rows } = await database.query('SELECT 1 FROM session_signing_keys');
    expect(rows).toHaveLength(2);
    expect([await statusOf(before.token), await statusOf(after.token)]).toEqual([200, 200]);
  });
});
