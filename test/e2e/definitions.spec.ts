import { type RunningRest, startRest } from '../support/start-rest';

interface Version {
  id: string;
  version: string;
  config: object;
  created_at: string;
}

interface Definition {
  id: string;
  name: string;
  updated_at: string;
  latest_version: Version;
  versions: Version[];
}

interface Page<Item> {
  items: Item[];
  total: number;
}

const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';
const config = { type: 'http_request', url: 'https://example.com/a' };
const script = { type: 'typescript_script', code: 'export default (inputs) => inputs;' };

describe('MCP definitions', () => {
  let running: RunningRest;
  let count = 0;

  beforeAll(async () => {
    running = await startRest();
  });

  afterAll(async () => {
    await running.app.stop();
  });

  async function create(body: object = {}): Promise<Definition> {
    const name = `definition ${(count += 1)}`;
    const answer = await running.rest.post<Definition>('/mcp-definitions', {
      name,
      mcp_type: 'http_request',
      config,
      ...body,
    });
    expect(answer.status).toBe(201);
    return answer.body;
  }

  it('gives back what was sent, the configuration to the letter', async () => {
    const sent = {
      type: 'http_request',
      method: 'POST',
      url: 'https://example.com/',
      body: { camelCase: 1, snake_case: 'a\u0000b' },
    };
    const created = await create({ description: 'd', labels: { costCenter: 'x' }, config: sent });
    expect(created).toEqual({
      id: expect.any(String) as string,
      name: created.name,
      description: 'd',
      mcp_type: 'http_request',
      labels: { costCenter: 'x' },
      revision: 1,
      created_at: expect.stringMatching(/\.\d{3}Z$/) as string,
      updated_at: expect.stringMatching(/\.\d{3}Z$/) as string,
      latest_version: {
        id: expect.any(String) as string,
        version: '1.0.0',
        config: sent,
        input_schema: null,
        output_schema: null,
        is_latest: true,
        created_at: expect.stringMatching(/\.\d{3}Z$/) as string,
      },
    });
    const found = await running.rest.get(`/mcp-definitions/${created.id}`);
    expect(found.body).toEqual({ ...created, versions: [created.latest_version] });
  });

  it('makes a version of every changed configuration and of nothing else', async () => {
    const { id, name } = await create();
    const path = `/mcp-definitions/${id}`;
    const renamed = await running.rest.put<Definition>(path, {
      name: `${name} renamed`,
      description: 'new',
      config,
    });
    expect(renamed.body).toMatchObject({
      name: `${name} renamed`,
      description: 'new',
      latest_version: { version: '1.0.0' },
    });

    const changed = { ...config, method: 'POST' };
    await running.rest.put(path, { config: changed });
    await running.rest.put(path, { config: { ...changed, method: 'PUT' }, version: '3.0.0' });
    await running.rest.post(`${path}/versions`, { config: changed });
    const found = await running.rest.get<Definition>(path);
    expect(found.body.versions.map(({ version }) => version)).toEqual(['3.1.0', '3.0.0', '1.1.0', '1.0.0']);
    expect(found.body.latest_version).toEqual(found.body.versions[0]);

    const old = await running.rest.get<Version>(`${path}/versions/1.0.0`);
    expect(old.body.config).toEqual(config);
    const page = await running.rest.get<Page<Version>>(`${path}/versions?skip=1&limit=2`);
    expect(page.body).toMatchObject({ items: [{ version: '3.0.0' }, { version: '1.1.0' }], total: 4 });
  });

  it('refuses a version that is not greater than the latest', async () => {
    const { id } = await create();
    for (const version of ['1.0.0', '0.9.0']) {
      const answer = await running.rest.post(`/mcp-definitions/${id}/versions`, { config, version });
      expect([answer.status, answer.body]).toMatchObject([409, { code: 'CONFLICT' }]);
    }
  });

  it('numbers versions without gaps when many change one definition at once', async () => {
    const { id } = await create();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        running.rest.put(`/mcp-definitions/${id}`, {
          config: { ...config, url: `https://example.com/${index}` },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(8).fill(200));
    const found = await running.rest.get<Definition>(`/mcp-definitions/${id}`);
    expect(found.body.versions.map(({ version }) => version)).toEqual(
      [8, 7, 6, 5, 4, 3, 2, 1, 0].map((minor) => `1.${minor}.0`),
    );
  });

  it('keeps names unique among the living only', async () => {
    const { id, name } = await create();
    const again = { name, mcp_type: 'http_request', config };
    expect((await running.rest.post('/mcp-definitions', again)).status).toBe(409);
    const other = await create();
    expect((await running.rest.put(`/mcp-definitions/${other.id}`, { name })).status).toBe(409);

    const deleted = await running.rest.delete(`/mcp-definitions/${id}`);
    expect([deleted.status, deleted.body]).toEqual([200, { message: 'MCP definition deleted successfully' }]);
    expect((await running.rest.get(`/mcp-definitions/${id}`)).status).toBe(404);
    expect((await running.rest.delete(`/mcp-definitions/${id}`)).status).toBe(404);
    expect((await running.rest.post('/mcp-definitions', again)).status).toBe(201);
  });

  it('lists the newest first, filtered, with the total of all pages', async () => {
    await create({ name: 'needle one', description: '100% sure' });
    await create({ name: 'hay', description: 'with a NEEDLE in it' });
    await create({ name: 'needle script', mcp_type: 'typescript_script', config: script });

    const names = async (query: string): Promise<[string[], number]> => {
      const { body } = await running.rest.get<Page<Definition>>(`/mcp-definitions?${query}`);
      return [body.items.map(({ name }) => name), body.total];
    };
    expect(await names('search=needle')).toEqual([['needle script', 'hay', 'needle one'], 3]);
    expect(await names('search=needle&limit=1&skip=1')).toEqual([['hay'], 3]);
    expect(await names('search=needle&skip=7')).toEqual([[], 3]);
    expect(await names('search=needle&mcp_type=typescript_script')).toEqual([['needle script'], 1]);
    expect(await names(`search=${encodeURIComponent('100%')}`)).toEqual([['needle one'], 1]);
    expect(await names(`search=${encodeURIComponent('e_d')}`)).toEqual([[], 0]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['skip=-1', 'skip'],
    ['skip=1.5', 'skip'],
    ['skip=1&skip=2', 'skip'],
    ['mcp_type=nope', 'mcp_type'],
    ['mcpType=http_request', 'mcpType'],
    ['search=', 'search'],
    ['search=%00', 'search'],
  ])('refuses to list with %s, naming %s', async (query, path) => {
    const answer = await running.rest.get(`/mcp-definitions?${query}`);
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path }] }]);
  });

  it.each([
    [{}, 'name'],
    [{ name: 'x', mcp_type: 'nope', config }, 'mcp_type'],
    [{ name: 'x', mcp_type: 'http_request' }, 'config'],
    [{ name: 'x', mcp_type: 'http_request', config: [] }, 'config'],
    [{ name: 'x', mcp_type: 'http_request', config: script }, 'config.type'],
    [{ name: 'x', mcp_type: 'http_request', config: { type: 'http_request' } }, 'config.url'],
    [{ name: 'x', mcp_type: 'http_request', config, version: '1' }, 'version'],
    [{ name: 'x', mcp_type: 'http_request', config, labels: { a: 1 } }, 'labels'],
    [{ name: 'x', mcp_type: 'http_request', config, extra: 1 }, 'extra'],
  ])('refuses to create from %j, naming %s', async (body, path) => {
    const answer = await running.rest.post<{ errors: { path: string }[] }>('/mcp-definitions', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error) => error.path)).toContain(path);
  });

  it('answers 400 for a malformed id and 404 for an unknown one', async () => {
    for (const suffix of ['', '/versions', '/versions/1.0.0']) {
      const malformed = await running.rest.get(`/mcp-definitions/42${suffix}`);
      expect([malformed.status, malformed.body]).toMatchObject([
        400,
        { detail: 'definition_id: must be a UUID' },
      ]);
      expect((await running.rest.get(`/mcp-definitions/${UNKNOWN_ID}${suffix}`)).status).toBe(404);
    }
    expect((await running.rest.put(`/mcp-definitions/${UNKNOWN_ID}`, { name: 'x' })).status).toBe(404);
    expect((await running.rest.post(`/mcp-definitions/${UNKNOWN_ID}/versions`, { config })).status).toBe(404);
  });

  it('takes code only from a key with the scope code', async () => {
    const { body } = await running.rest.post<{ key: string }>('/api-keys', {
      name: 'w',
      scopes: ['read', 'write'],
    });
    const writer = running.rest.withKey(body.key);
    const forbidden = await writer.post('/mcp-definitions', {
      name: 'code',
      mcp_type: 'typescript_script',
      config: script,
    });
    expect([forbidden.status, forbidden.body]).toMatchObject([403, { detail: 'Insufficient permissions' }]);

    const existing = await create({ mcp_type: 'typescript_script', config: script });
    const path = `/mcp-definitions/${existing.id}`;
    expect((await writer.put(path, { config: { ...script, code: 'export default () => 1;' } })).status).toBe(
      403,
    );
    expect((await writer.post(`${path}/versions`, { config: script })).status).toBe(403);
    expect((await writer.put(path, { description: 'no code in it' })).status).toBe(200);
    expect(
      (await writer.post('/mcp-definitions', { name: 'plain', mcp_type: 'http_request', config })).status,
    ).toBe(201);
  });

  describe('with schemas', () => {
    const schemas = {
      input_schema: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
      output_schema: { type: 'object' },
    };

    it('makes a version of a changed schema, keeps what is left out, and removes what is null', async () => {
      const created = await create(schemas);
      expect(created.latest_version).toMatchObject({ version: '1.0.0', ...schemas });
      const path = `/mcp-definitions/${created.id}`;
      const same = await running.rest.put<Definition>(path, { input_schema: schemas.input_schema });
      expect(same.body.latest_version.version).toBe('1.0.0');
      const other = await running.rest.put<Definition>(path, { output_schema: { type: 'array' } });
      expect(other.body.latest_version).toMatchObject({
        version: '1.1.0',
        config,
        input_schema: schemas.input_schema,
        output_schema: { type: 'array' },
      });
      const none = await running.rest.put<Definition>(path, { input_schema: null });
      expect(none.body.latest_version).toMatchObject({ version: '1.2.0', input_schema: null });

      const old = await running.rest.get<Version>(`${path}/versions/1.0.0`);
      expect(old.body).toMatchObject(schemas);
      const diff = await running.rest.get<{ changes: object[] }>(`${path}/versions/1.1.0/diff?against=1.0.0`);
      expect(diff.body.changes).toEqual([
        { path: 'output_schema.type', op: 'changed', before: 'object', after: 'array' },
      ]);
      const page = await running.rest.get<Page<Version>>(`${path}/versions?limit=1`);
      expect(page.body.items).toMatchObject([{ version: '1.2.0', input_schema: null }]);
    });

    it('gives them in lists and as entities', async () => {
      const { id } = await create(schemas);
      const { body: list } = await running.rest.get<Page<Definition>>('/mcp-definitions?limit=1');
      expect(list.items).toMatchObject([{ id, latest_version: schemas }]);
      const { body: entity } = await running.rest.get(`/entities/mcp_definition/${id}`);
      expect(entity).toMatchObject({ data: { latest_version: schemas } });
    });

    it.each([
      [{ input_schema: true }, 'input_schema'],
      [{ input_schema: { type: 'objekt' } }, 'input_schema.type'],
      [{ output_schema: { $ref: 'https://example.com/s.json' } }, 'output_schema'],
      [{ output_schema: { pattern: '(' } }, 'output_schema'],
      [{ output_schema: { description: 'x'.repeat(64 * 1024) } }, 'output_schema'],
      [{ input_schema: { $schema: 'http://json-schema.org/draft-07/schema#' } }, 'input_schema'],
    ])('refuses what is no usable schema: %#', async (body, path) => {
      const answer = await running.rest.post<{ errors: { path: string }[] }>('/mcp-definitions', {
        name: 'refused',
        mcp_type: 'http_request',
        config,
        ...body,
      });
      expect([answer.status, answer.body.errors[0]?.path]).toEqual([400, path]);
    });
  });

  it('describes every type with an example that can be created as it stands', async () => {
    const { body } = await running.rest.get<{
      items: { type: string; executes_code: string; config_schema: object; example: object }[];
    }>('/mcp-types');
    const executesCode = Object.fromEntries(
      body.items.map(({ type, executes_code }) => [type, executes_code]),
    );
    expect(executesCode).toMatchObject({
      http_request: 'never',
      mcp_server: 'by_configuration',
      typescript_script: 'always',
    });
    // Only its own database makes the example of sql_query whole.
    const made = await running.rest.post<{ id: string }>('/external-db-configs', {
      name: 'shop',
      db_type: 'sqlite',
      db_name: 'shop.db',
    });
    const database = { external_db_config_id: made.body.id };
    for (const { type, example, config_schema: schema } of body.items) {
      expect(schema).toMatchObject({ type: 'object' });
      await create({ mcp_type: type, config: type === 'sql_query' ? { ...example, ...database } : example });
    }
  });
});
