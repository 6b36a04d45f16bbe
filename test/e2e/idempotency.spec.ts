import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import type { RestAnswer, RestClient } from '../support/rest-client';
import { startApp } from '../support/start-app';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

/** How many send the same at once. */
const COPIES = 8;

interface Made {
  readonly id: string;
  readonly name?: string;
  readonly key?: string;
  readonly token?: string;
}

/** What makes something: where, of what, and how many of its kind there are then, as SQL. */
interface Creation {
  readonly path: string;
  readonly body: (at: { readonly workflowId: string }) => object;
  readonly count: string;
}

const named = (): { name: string } => ({ name: `idempotent ${randomUUID()}` });
const component = { mcp_type: 'http_request', config: { type: 'http_request', url: 'https://example.com/' } };
const steps = [{ id: 'only', uses: { builtin: 'set' } }];

const CREATIONS: readonly Creation[] = [
  {
    path: '/mcp-definitions',
    body: () => ({ ...named(), ...component }),
    count: 'SELECT count(*)::int AS n FROM mcp_definitions',
  },
  {
    path: '/workflow-definitions',
    body: () => ({ ...named(), steps }),
    count: 'SELECT count(*)::int AS n FROM workflow_definitions',
  },
  {
    path: '/workflow-definitions/<workflow>/versions',
    body: () => ({ steps }),
    count: 'SELECT count(*)::int AS n FROM workflow_versions',
  },
  {
    path: '/toolsets',
    body: () => ({ name: `idempotent-${randomUUID()}` }),
    count: 'SELECT count(*)::int AS n FROM toolsets',
  },
  {
    path: '/schedules',
    body: ({ workflowId }) => ({ ...named(), workflow_definition_id: workflowId, cron: '0 3 29 2 *' }),
    count: 'SELECT count(*)::int AS n FROM schedules',
  },
  {
    path: '/webhooks',
    body: ({ workflowId }) => ({ ...named(), workflow_definition_id: workflowId }),
    count: 'SELECT count(*)::int AS n FROM webhooks',
  },
  {
    path: '/external-db-configs',
    body: () => ({ ...named(), db_type: 'sqlite', db_name: 'idempotent.sqlite' }),
    count: 'SELECT count(*)::int AS n FROM external_db_configs',
  },
  {
    path: '/secrets',
    body: () => ({ name: `S_${randomUUID().replaceAll('-', '')}`, value: 'a long value' }),
    count: 'SELECT count(*)::int AS n FROM secrets',
  },
  {
    path: '/api-keys',
    body: () => ({ ...named(), scopes: ['read'] }),
    count: 'SELECT count(*)::int AS n FROM api_keys',
  },
  { path: '/auth/session', body: () => ({}), count: 'SELECT count(*)::int AS n FROM sessions' },
];

describe('Idempotency-Key', () => {
  let databaseUrl: string;
  let database: Client;
  let running: RunningRest;
  let rest: RestClient;
  let workflowId: string;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    database = new Client(databaseUrl);
    await database.connect();
    running = await startRest({ env: { DATABASE_URL: databaseUrl } });
    ({ rest } = running);
    workflowId = (await rest.post<Made>('/workflow-definitions', { ...named(), steps })).body.id;
  });

  afterAll(async () => {
    await running.app.stop();
    await database.end();
    await dropDatabase(databaseUrl);
  });

  function post<Body = Made>(path: string, body: object, key: string): Promise<RestAnswer<Body>> {
    return rest.send<Body>('POST', path.replace('<workflow>', workflowId), body, { 'idempotency-key': key });
  }

  async function numberOf(statement: string): Promise<number> {
    const { rows } = await database.query<{ n: number }>(statement);
    return rows[0]?.n ?? -1;
  }

  describe.each(CREATIONS)('of POST $path', ({ path, body: bodyOf, count }) => {
    it('makes one thing of what is sent again, with the same answer', async () => {
      const [key, body, before] = [randomUUID(), bodyOf({ workflowId }), await numberOf(count)];
      const first = await post(path, body, key);
      const again = await post(path, body, key);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
      for (const name of ['etag', 'content-type'])
        expect(again.headers.get(name)).toBe(first.headers.get(name));
      expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
      expect(await numberOf(count)).toBe(before + 1);
    });

    it('makes one thing of what is sent several times at once', async () => {
      const [key, body, before] = [randomUUID(), bodyOf({ workflowId }), await numberOf(count)];
      const answers = await Promise.all(Array.from({ length: COPIES }, () => post(path, body, key)));
      expect(answers.map(({ status }) => status)).toEqual(Array(COPIES).fill(201));
      expect(new Set(answers.map(({ body: made }) => JSON.stringify(made))).size).toBe(1);
      expect(await numberOf(count)).toBe(before + 1);
    });

    it('refuses another request under the same key', async () => {
      const key = randomUUID();
      await post(path, bodyOf({ workflowId }), key);
      const before = await numberOf(count);
      // Refused before anybody asks whether it is well formed.
      expect(await post(path, { name: 'another' }, key)).toMatchObject({
        status: 422,
        body: { code: 'UNPROCESSABLE', detail: expect.stringMatching(/^Idempotency-Key: /) as string },
      });
      expect(await numberOf(count)).toBe(before);
    });

    it('keeps nothing of what was refused, nor makes it', async () => {
      const [key, before] = [randomUUID(), await numberOf(count)];
      expect(await post(path, { unknown_field: 1 }, key)).toMatchObject({ status: 400 });
      expect(await numberOf(count)).toBe(before);
      expect(await post(path, bodyOf({ workflowId }), key)).toMatchObject({ status: 201 });
    });
  });

  it('holds for each caller, path and key by itself', async () => {
    const [key, body] = [randomUUID(), { ...named(), scopes: ['read', 'write'] }];
    const { body: other } = await post('/api-keys', body, key);
    const toolset = { name: `idempotent-${randomUUID()}` };
    expect(await post('/toolsets', toolset, key)).toMatchObject({ status: 201 });
    const asOther = await rest.withKey(other.key ?? '').send('POST', '/toolsets', toolset, {
      'idempotency-key': key,
    });
    // Done by itself, so that the name is taken.
    expect(asOther.status).toBe(409);
  });

  it('gives back a new text of an API key, and a new token of a webhook, instead of making another', async () => {
    const { body: apiKey } = await rest.post<Made>('/api-keys', { ...named(), scopes: ['read'] });
    const webhook = await rest.post<Made>('/webhooks', { ...named(), workflow_definition_id: workflowId });
    for (const path of [`/api-keys/${apiKey.id}/rotate`, `/webhooks/${webhook.body.id}/rotate-token`]) {
      const key = randomUUID();
      const rotated = await post(path, {}, key);
      expect(rotated.status).toBe(200);
      expect(await post(path, {}, key)).toMatchObject({ status: 200, body: rotated.body });
      const { key: text } = rotated.body;
      if (text !== undefined) expect((await rest.withKey(text).get('/toolsets')).status).toBe(200);
    }
    expect((await rest.withKey(apiKey.key ?? '').get('/toolsets')).status).toBe(401);
  });

  it('repeats an ended run once', async () => {
    const started = await rest.post<Made>('/workflow-runs', { workflow_definition_id: workflowId });
    await rest.post(`/workflow-runs/${started.body.id}/cancel`);
    const key = randomUUID();
    const path = `/workflow-runs/${started.body.id}/rerun`;
    const first = await post(path, {}, key);
    expect(first.status).toBe(201);
    expect((await post(path, {}, key)).body).toEqual(first.body);
  });

  it("sets a browser's cookie again", async () => {
    const key = randomUUID();
    const first = await post('/auth/session', { cookie: true }, key);
    const again = await post('/auth/session', { cookie: true }, key);
    expect(first.headers.get('set-cookie')).toMatch(/^mcp_session=/);
    expect(again.headers.get('set-cookie')).toBe(first.headers.get('set-cookie'));
  });

  it('holds after a kill -9, and keeps no secret in clear', async () => {
    const [key, body] = [randomUUID(), { ...named(), scopes: ['read'] }];
    const first = await post('/api-keys', body, key);
    const { rows } = await database.query<{ row: string }>(
      'SELECT a::text AS row FROM idempotent_answers a WHERE key = $1',
      [key],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).not.toContain(first.body.key);
    expect(rows[0]?.row).not.toContain(body.name);

    await running.app.kill9();
    const app = await startApp({ env: { DATABASE_URL: databaseUrl } });
    running = { ...running, app };
    const again = await fetch(`${app.baseUrl}/api/v1/api-keys`, {
      method: 'POST',
      headers: { 'x-api-key': running.key, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    expect([again.status, await again.json()]).toEqual([201, first.body]);
  });
});

describe('the OpenAPI document', () => {
  interface Operation {
    readonly parameters?: readonly { readonly name: string }[];
    readonly responses: Readonly<Record<string, unknown>>;
  }

  const { paths } = jest.requireActual<{ paths: Record<string, { post?: Operation }> }>('../../openapi.json');
  const creations = Object.entries(paths).flatMap(([path, { post }]) =>
    post !== undefined && '201' in post.responses ? [[path, post] as const] : [],
  );

  it('knows of what makes something', () => {
    expect(creations.length).toBeGreaterThan(10);
  });

  it.each(creations)('declares Idempotency-Key of POST %s', (_path, { parameters = [], responses }) => {
    expect(parameters.map(({ name }) => name)).toContain('Idempotency-Key');
    expect(Object.keys(responses)).toContain('422');
  });
});
