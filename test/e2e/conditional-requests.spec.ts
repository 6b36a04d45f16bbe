import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { SECURITY_HEADERS } from '../../src/common/http/security-headers.middleware';
import { RestClient, type RestAnswer } from '../support/rest-client';
import { type RunningApp, startApp } from '../support/start-app';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

/** How many want to make the same change at once. */
const RIVALS = 8;

interface Resource {
  readonly id: string;
  readonly revision: number;
}

interface ErrorBody {
  readonly detail: string;
  readonly code: string;
  readonly revision?: number;
}

/** A collection of what can be changed: how one is made, and a change of it that `n` tells from others. */
interface Kind {
  readonly path: string;
  readonly body: (workflowId: string) => object;
  readonly change: (n: number) => object;
}

const described = (n: number): object => ({ description: `changed ${n}` });
const named = (): { name: string } => ({ name: `conditional ${randomUUID()}` });

const KINDS: readonly Kind[] = [
  {
    path: '/mcp-definitions',
    body: () => ({
      ...named(),
      mcp_type: 'http_request',
      config: { type: 'http_request', url: 'https://example.com/' },
    }),
    change: (n) => ({ config: { type: 'http_request', url: `https://example.com/${n}` } }),
  },
  {
    path: '/workflow-definitions',
    body: () => ({ ...named(), steps: [{ id: 'only', uses: { builtin: 'set' } }] }),
    change: described,
  },
  { path: '/toolsets', body: () => ({ name: `conditional-${randomUUID()}` }), change: described },
  {
    path: '/schedules',
    body: (id) => ({ ...named(), workflow_definition_id: id, cron: '0 3 29 2 *' }),
    change: (n) => ({ cron: `${n} 3 29 2 *` }),
  },
  {
    path: '/webhooks',
    body: (id) => ({ ...named(), workflow_definition_id: id }),
    change: (n) => ({ rate_limit_per_minute: 100 + n }),
  },
  {
    path: '/external-db-configs',
    body: () => ({ ...named(), db_type: 'sqlite', db_name: 'conditional.sqlite' }),
    change: described,
  },
  {
    path: '/secrets',
    body: () => ({ name: `S_${randomUUID().replaceAll('-', '')}`.toUpperCase(), value: 'first value' }),
    // Of the value nothing is seen: only the revision tells.
    change: (n) => ({ value: `another value ${n}` }),
  },
];

describe('conditional requests', () => {
  let databaseUrl: string;
  let running: RunningRest;
  let replica: RunningApp;
  let rest: RestClient;
  let workflowId: string;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    const env = { DATABASE_URL: databaseUrl, ROLE: 'api' };
    running = await startRest({ env });
    replica = await startApp({ env });
    ({ rest } = running);
    workflowId = (await make('/workflow-definitions', KINDS[1]?.body(''))).body.id;
  });

  afterAll(async () => {
    await Promise.all([running.app.stop(), replica.stop()]);
    await dropDatabase(databaseUrl);
  });

  async function make(path: string, body?: object): Promise<RestAnswer<Resource>> {
    const answer = await rest.post<Resource>(path, body);
    expect(answer).toMatchObject({ status: 201 });
    return answer;
  }

  /** A new resource: where it is, and the tag that a GET of it has. */
  async function makeOf(kind: Kind): Promise<{ at: string; tag: string }> {
    const { body } = await make(kind.path, kind.body(workflowId));
    const at = `${kind.path}/${body.id}`;
    return { at, tag: await tagOf(at) };
  }

  async function tagOf(at: string): Promise<string> {
    const answer = await rest.get(at);
    expect(answer.status).toBe(200);
    return etag(answer);
  }

  function etag({ headers }: RestAnswer<unknown>): string {
    return headers.get('etag') ?? 'none';
  }

  function send<Body = ErrorBody>(
    method: string,
    at: string,
    ifMatch: string,
    body?: object,
  ): Promise<RestAnswer<Body>> {
    return rest.send<Body>(method, at, body, { 'if-match': ifMatch });
  }

  describe.each(KINDS)('of $path', (kind) => {
    it('are tagged, alike on every replica, until they change', async () => {
      const made = await make(kind.path, kind.body(workflowId));
      const at = `${kind.path}/${made.body.id}`;
      expect(made.body.revision).toBe(1);
      expect(etag(made)).toMatch(/^"1\.[\w-]{16}"$/);
      const tag = await tagOf(at);
      expect(tag).toMatch(/^"1\.[\w-]{16}"$/);
      expect(etag(await new RestClient(replica.baseUrl, running.key).get(at))).toBe(tag);

      const changed = await rest.put<Resource>(at, kind.change(1));
      expect(changed).toMatchObject({ status: 200, body: { revision: 2 } });
      expect(etag(changed)).toMatch(/^"2\./);
      expect(await tagOf(at)).toMatch(/^"2\./);
    });

    it('are not sent again to whoever has them', async () => {
      const { at, tag } = await makeOf(kind);
      for (const has of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const answer = await rest.send('GET', at, undefined, { 'if-none-match': has });
        expect([has, answer.status, answer.body]).toEqual([has, 304, null]);
        expect(etag(answer)).toBe(tag);
        for (const [name, value] of SECURITY_HEADERS) expect(answer.headers.get(name)).toBe(value);
        expect(answer.headers.get('x-ratelimit-limit')).not.toBeNull();
        expect(answer.headers.get('content-type')).toBeNull();
      }
      await rest.put(at, kind.change(1));
      const fresh = await rest.send('GET', at, undefined, { 'if-none-match': tag });
      expect(fresh).toMatchObject({ status: 200, body: { revision: 2 } });
    });

    it('change for whoever has seen what there is, and for nobody else', async () => {
      const { at, tag: first } = await makeOf(kind);
      const second = etag(await send('PUT', at, first, kind.change(1)));
      expect(second).toMatch(/^"2\./);

      for (const [method, stale] of [
        ['PUT', first],
        ['PUT', `W/${second}`],
        ['PUT', '"of-somebody-else"'],
        ['DELETE', first],
        ['DELETE', `W/${second}`],
      ] as const) {
        const refused = await send(method, at, stale, method === 'PUT' ? kind.change(2) : undefined);
        expect(refused).toMatchObject({
          status: 412,
          body: {
            code: 'PRECONDITION_FAILED',
            revision: 2,
            detail: expect.stringMatching(/^If-Match: /) as string,
          },
        });
      }
      expect(await tagOf(at)).toMatch(/^"2\./);

      expect(await send('PUT', at, `${first}, ${second}`, kind.change(3))).toMatchObject({ status: 200 });
      expect(await send('PUT', at, '*', kind.change(4))).toMatchObject({ status: 200 });
      expect(await rest.put(at, kind.change(5))).toMatchObject({ status: 200, body: { revision: 5 } });
      expect(await send('DELETE', at, await tagOf(at))).toMatchObject({ status: 200 });
      for (const gone of ['*', first]) {
        expect(await send('DELETE', at, gone)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      }
    });

    it('refuse what is no condition, naming the header', async () => {
      const { at } = await makeOf(kind);
      for (const [method, body] of [
        ['PUT', kind.change(1)],
        ['DELETE', undefined],
      ] as const) {
        expect(await send(method, at, '7', body)).toMatchObject({
          status: 400,
          body: { code: 'INVALID_REQUEST', errors: [{ path: 'If-Match' }] },
        });
      }
      expect(await tagOf(at)).toMatch(/^"1\./);
    });

    it('let one of several win who start from the same, on two replicas', async () => {
      const { at, tag } = await makeOf(kind);
      const other = new RestClient(replica.baseUrl, running.key);
      const answers = await Promise.all(
        Array.from({ length: RIVALS }, (_, n) =>
          (n % 2 === 0 ? rest : other).send('PUT', at, kind.change(n), { 'if-match': tag }),
        ),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([
        200,
        ...Array<number>(RIVALS - 1).fill(412),
      ]);
      expect(await rest.get(at)).toMatchObject({ body: { revision: 2 } });

      const seen = await tagOf(at);
      const [put, deletion] = await Promise.all([
        rest.send('PUT', at, kind.change(9), { 'if-match': seen }),
        other.send('DELETE', at, undefined, { 'if-match': seen }),
      ]);
      // Who is late finds another revision, or nothing.
      expect([
        [200, 412],
        [404, 200],
      ]).toContainEqual([put.status, deletion.status]);
    });
  });

  it.each([
    ['POST', 'pause'],
    ['POST', 'resume'],
  ])('hold for %s /schedules/{id}/%s too', async (method, action) => {
    const { at, tag } = await makeOf(KINDS[3] as Kind);
    await rest.put(at, { cron: '1 3 29 2 *' });
    expect(await send(method, `${at}/${action}`, tag)).toMatchObject({ status: 412 });
    expect(await send(method, `${at}/${action}`, await tagOf(at))).toMatchObject({ status: 200 });
  });

  it('hold for giving a webhook another address', async () => {
    const { at, tag } = await makeOf(KINDS[4] as Kind);
    const rotate = (): Promise<RestAnswer<ErrorBody>> => send('POST', `${at}/rotate-token`, tag);
    const statuses = (await Promise.all([rotate(), rotate()])).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 412]);
  });

  it('hold for making a version the latest', async () => {
    for (const kind of KINDS.slice(0, 2)) {
      const { at, tag } = await makeOf(kind);
      await rest.put(at, { version: '2.0.0' });
      const makeLatest = `${at}/versions/1.0.0/make-latest`;
      expect(await send('POST', makeLatest, tag)).toMatchObject({ status: 412 });
      expect(await send('POST', makeLatest, await tagOf(at))).toMatchObject({ status: 200 });
    }
  });

  it('of an API key outlive its use, and not its rotation', async () => {
    const { body } = await make('/api-keys', { name: 'used', scopes: ['read'] });
    const at = `/api-keys/${body.id}`;
    const unused = await tagOf(at);
    const database = new Client(databaseUrl);
    await database.connect();
    await database.query('UPDATE api_keys SET last_used_at = now() WHERE id = $1', [body.id]);
    await database.end();
    const used = await tagOf(at);
    expect(used).not.toBe(unused);

    expect(await send('POST', `${at}/rotate`, unused, {})).toMatchObject({ status: 200 });
    expect(await send('POST', `${at}/rotate`, unused, {})).toMatchObject({ status: 412 });
    expect(await send('DELETE', at, used)).toMatchObject({ status: 412, body: { revision: 2 } });
    expect(await send('DELETE', at, await tagOf(at))).toMatchObject({ status: 200 });
  });

  it('of a schedule outlive the runs that it starts', async () => {
    const { at, tag } = await makeOf(KINDS[3] as Kind);
    const database = new Client(databaseUrl);
    await database.connect();
    await database.query('UPDATE schedules SET last_skipped_at = now() WHERE id = $1', [
      at.split('/').at(-1),
    ]);
    await database.end();
    expect(await tagOf(at)).not.toBe(tag);
    expect(await send('PUT', at, tag, { cron: '1 3 29 2 *' })).toMatchObject({ status: 200 });
  });

  it('of what nobody can change by PUT tell when it changes by itself', async () => {
    const started = await make('/workflow-runs', { workflow_definition_id: workflowId });
    const paths = [
      `/workflow-runs/${started.body.id}`,
      `/workflow-definitions/${workflowId}/versions/1.0.0`,
      `/entities/workflow_definition/${workflowId}`,
    ];
    for (const at of paths) {
      const tag = await tagOf(at);
      expect(tag).toMatch(/^"[\w-]{16}"$/);
      expect(await rest.send('GET', at, undefined, { 'if-none-match': tag })).toMatchObject({ status: 304 });
    }
    const before = await tagOf(paths[0] ?? '');
    expect(etag(started)).toBe(before);
    await rest.post(`${paths[0]}/cancel`);
    expect(await tagOf(paths[0] ?? '')).not.toBe(before);
  });

  it('are not known to lists, nor to what is gone', async () => {
    const list = await rest.get('/mcp-definitions');
    expect(list.headers.get('etag')).toBeNull();
    const gone = await rest.send('GET', `/schedules/${randomUUID()}`, undefined, { 'if-none-match': '*' });
    expect([gone.status, gone.headers.get('etag')]).toEqual([404, null]);
  });
});

describe('the OpenAPI document', () => {
  interface Operation {
    readonly parameters?: readonly { readonly in: string; readonly name: string }[];
    readonly responses: Readonly<Record<string, { readonly headers?: Readonly<Record<string, unknown>> }>>;
  }

  const { paths } = jest.requireActual<{ paths: Record<string, Record<string, Operation>> }>(
    '../../openapi.json',
  );
  const resources = Object.entries(paths).filter(
    ([path, { get, put, delete: remove }]) => path.endsWith('}') && (get ?? put ?? remove) !== undefined,
  );

  it('knows of the resources', () => {
    expect(resources.length).toBeGreaterThan(10);
  });

  it.each(resources)('declares the conditions of %s', (_path, { get, put, delete: remove }) => {
    const headersOf = (operation: Operation): string[] =>
      (operation.parameters ?? []).filter((each) => each.in === 'header').map(({ name }) => name);
    if (get !== undefined) {
      expect(headersOf(get)).toContain('If-None-Match');
      expect(Object.keys(get.responses)).toContain('304');
      expect(get.responses['200']?.headers).toHaveProperty('ETag');
    }
    for (const change of [put, remove]) {
      if (change === undefined) continue;
      expect(headersOf(change)).toContain('If-Match');
      expect(Object.keys(change.responses)).toContain('412');
    }
    expect(put?.responses['200']?.headers ?? { ETag: true }).toHaveProperty('ETag');
  });
});
