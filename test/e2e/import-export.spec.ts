import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { eventually } from '../support/eventually';
import type { RestClient } from '../support/rest-client';
import { type RunningRest, startRest } from '../support/start-rest';
import { createDatabase, dropDatabase } from '../support/test-database';

interface Change {
  section: string;
  name: string;
  path: string;
  action: string;
  new_versions: string[];
  differences: { path: string; op: string }[];
  issues: { path: string; message: string }[];
  notes: string[];
}

interface Report {
  dry_run: boolean;
  changes: Change[];
  missing_secrets: string[];
}

type Document = Record<string, unknown> & {
  mcp_definitions: { name: string; versions: { config: object }[] }[];
};

const HEAD = { format: 'mcp-backend/configuration', format_version: 1 };
const url = 'https://example.com/';

describe('import and export', () => {
  let running: RunningRest;
  let other: RunningRest;

  beforeAll(async () => {
    [running, other] = await Promise.all([startRest(), startRest()]);
  });

  afterAll(async () => {
    await Promise.all([running.app.stop(), other.app.stop()]);
  });

  async function made(rest: RestClient, path: string, body: object): Promise<string> {
    const answer = await rest.post<{ id: string }>(path, body);
    if (answer.status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  }

  const exportOf = async (rest: RestClient): Promise<Document> => (await rest.get<Document>('/export')).body;

  const importInto = (rest: RestClient, document: object, query = '') =>
    rest.post<Report & { detail?: string; errors?: { path: string }[] }>(`/import${query}`, document);

  const importFile = (rest: RestClient, file: object, query = '') =>
    rest.post<Report & { errors?: { path: string }[] }>(`/import/mcp-json${query}`, file);

  const actionsOf = ({ changes }: Report): string[] => [...new Set(changes.map(({ action }) => action))];

  /** Some of everything, that refers to each other in every way. */
  async function furnish(rest: RestClient): Promise<void> {
    await made(rest, '/secrets', { name: 'KEY', description: 'of the model', value: 'a-key-of-some-length' });
    const database = await made(rest, '/external-db-configs', {
      name: 'sales',
      db_type: 'postgresql',
      host: '127.0.0.1',
      port: 1,
      db_name: 'none',
      username: 'nobody',
      password: 'hidden-password',
    });
    const query = await made(rest, '/mcp-definitions', {
      name: 'query',
      mcp_type: 'sql_query',
      labels: { team: 'ops' },
      config: { type: 'sql_query', external_db_config_id: database, sql: 'SELECT 1' },
    });
    await rest.put(`/mcp-definitions/${query}`, {
      config: { type: 'sql_query', external_db_config_id: database, sql: 'SELECT 2' },
      input_schema: { type: 'object' },
    });
    await rest.post(`/mcp-definitions/${query}/versions/1.0.0/make-latest`);
    await made(rest, '/mcp-definitions', {
      name: 'ask',
      mcp_type: 'llm_prompt',
      config: {
        type: 'llm_prompt',
        provider: 'openai',
        model: 'm',
        api_key: '${{ secrets.KEY }}',
        prompt: 'Hi',
        tools: [{ mcp_definition_id: query, version: '1.1.0' }],
      },
    });
    const shell = await made(rest, '/mcp-definitions', {
      name: 'shell',
      mcp_type: 'mcp_server',
      config: { type: 'mcp_server', transport: 'stdio', command: 'node' },
    });
    const inner = await made(rest, '/workflow-definitions', {
      name: 'z-inner',
      steps: [
        { id: 'q', uses: { mcp_definition_id: query, version: '1.1.0' } },
        { id: 's', uses: { mcp_definition_id: shell, tool: 't' } },
      ],
    });
    const outer = await made(rest, '/workflow-definitions', {
      name: 'outer',
      expose_as_tool: true,
      parameters_schema: { type: 'object', required: ['day'] },
      steps: [{ id: 'in', uses: { workflow_definition_id: inner } }],
    });
    await rest.put(`/workflow-definitions/${outer}`, {
      parameters_schema: { type: 'object', required: ['day'] },
      steps: [{ id: 'in', uses: { workflow_definition_id: inner, version: '1.0.0' } }],
    });
    await made(rest, '/toolsets', {
      name: 'some',
      members: [{ mcp_definition_id: shell, prefix: '' }, { workflow_definition_id: outer }],
      deny: ['*x*'],
    });
    await made(rest, '/toolsets', { name: 'all' });
    await made(rest, '/schedules', {
      name: 'nightly',
      workflow_definition_id: outer,
      parameters: { day: 'today' },
      cron: '0 3 29 2 *',
      enabled: false,
    });
    await made(rest, '/webhooks', { name: 'arrived', workflow_definition_id: inner });
  }

  it('carry a whole configuration to another installation, and the second time change nothing', async () => {
    const { rest } = running;
    await furnish(rest);
    const document = await exportOf(rest);
    const text = JSON.stringify(document);
    expect(text).not.toContain('hidden-password');
    expect(text).not.toContain('a-key-of-some-length');
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/);

    // Without the secret nothing is brought over, and the secret is named.
    const early = await importInto(other.rest, document, '?dry_run=true');
    expect([early.status, early.body.missing_secrets]).toEqual([200, ['KEY']]);
    const refused = await importInto(other.rest, document);
    expect([refused.status, refused.body.errors]).toMatchObject([
      409,
      [{ path: 'mcp_definitions[0].versions[0].config.api_key' }],
    ]);
    expect((await exportOf(other.rest)).mcp_definitions).toEqual([]);

    await made(other.rest, '/secrets', {
      name: 'KEY',
      description: 'of the model',
      value: 'another-key-of-there',
    });
    const dry = await importInto(other.rest, document, '?dry_run=true');
    expect([dry.status, dry.body.dry_run, actionsOf(dry.body)]).toEqual([200, true, ['create']]);
    expect((await exportOf(other.rest)).mcp_definitions).toEqual([]);

    const done = await importInto(other.rest, document);
    expect([done.status, done.body]).toEqual([200, { ...dry.body, dry_run: false }]);
    expect(await exportOf(other.rest)).toEqual(document);

    const again = await importInto(other.rest, document);
    expect([again.status, actionsOf(again.body)]).toEqual([200, ['unchanged']]);
    expect(await exportOf(other.rest)).toEqual(document);
    expect(actionsOf((await importInto(rest, document)).body)).toEqual(['unchanged']);
  });

  it('import nothing where the last part fails, and all of it the next time', async () => {
    const versions = (part: object) => [{ version: '1.0.0', ...part }];
    const wanted = {
      ...HEAD,
      mcp_definitions: [
        {
          name: 'm',
          mcp_type: 'http_request',
          versions: versions({ config: { type: 'http_request', url } }),
        },
      ],
      workflow_definitions: [
        { name: 'w', versions: versions({ spec: { steps: [{ id: 'a', uses: { builtin: 'set' } }] } }) },
      ],
      schedules: [{ name: 's', workflow_definition: 'w', cron: '0 3 29 2 *' }],
      webhooks: [{ name: 'h', workflow_definition: 'w' }],
    };
    const databaseUrl = await createDatabase();
    const fresh = await startRest({ env: { DATABASE_URL: databaseUrl } });
    const sql = new Client({ connectionString: databaseUrl });
    await sql.connect();
    try {
      const before = await exportOf(fresh.rest);
      await sql.query(`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON webhooks FOR EACH ROW EXECUTE FUNCTION refuse()`);
      const broken = await importInto(fresh.rest, wanted);
      expect([broken.status, broken.body.detail]).toEqual([
        503,
        expect.stringMatching(/^Nothing was imported: webhooks\[0\]: /) as string,
      ]);
      expect(await exportOf(fresh.rest)).toEqual(before);
      await sql.query('DROP TRIGGER refuse ON webhooks');
      const whole = await importInto(fresh.rest, wanted);
      expect([whole.status, actionsOf(whole.body)]).toEqual([200, ['create']]);
      expect(actionsOf((await importInto(fresh.rest, wanted)).body)).toEqual(['unchanged']);
    } finally {
      await sql.end();
      await fresh.app.stop();
      await dropDatabase(databaseUrl);
    }
  });

  it('wait in a line with changes of workflows that use what is imported, instead of for each other', async () => {
    const databaseUrl = await createDatabase();
    const fresh = await startRest({ env: { DATABASE_URL: databaseUrl } });
    const { rest } = fresh;
    const other = new Client({ connectionString: databaseUrl });
    await other.connect();
    const waiting = async (count: number): Promise<boolean> => {
      // Within its transaction it would be shown what it saw first.
      await other.query('SELECT pg_stat_clear_snapshot()');
      const { rowCount } = await other.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rowCount === count;
    };
    try {
      const config = { type: 'http_request', url };
      const component = await made(rest, '/mcp-definitions', { name: 'c', mcp_type: 'http_request', config });
      const spec = { steps: [{ id: 'a', uses: { builtin: 'set' } }] };
      await made(rest, '/workflow-definitions', { name: 'w', ...spec });
      const user = await made(rest, '/workflow-definitions', { name: 'user', ...spec });
      await other.query('BEGIN');
      await other.query('SELECT FROM mcp_definitions WHERE id = $1 FOR UPDATE', [component]);
      // The import changes the component, and then a workflow; the other one changes a workflow that uses the component.
      const lasting = { description: 'imported' };
      const imported = importInto(rest, {
        ...HEAD,
        mcp_definitions: [
          { name: 'c', ...lasting, mcp_type: 'http_request', versions: [{ version: '1.0.0', config }] },
        ],
        workflow_definitions: [{ name: 'w', ...lasting, versions: [{ version: '1.0.0', spec }] }],
      });
      await eventually(() => waiting(1));
      const changed = rest.put(`/workflow-definitions/${user}`, {
        steps: [{ id: 'a', uses: { mcp_definition_id: component } }],
      });
      await eventually(() => waiting(2));
      await other.query('COMMIT');
      expect([(await imported).status, (await changed).status]).toEqual([200, 200]);
    } finally {
      await other.end();
      await fresh.app.stop();
      await dropDatabase(databaseUrl);
    }
  });

  it('show what an import would change, and then change that', async () => {
    const { rest } = running;
    const name = `c-${randomUUID()}`;
    const entry = (versions: object[], more: object = {}) => ({
      ...HEAD,
      mcp_definitions: [{ name, mcp_type: 'http_request', versions, ...more }],
    });
    const first = { version: '1.0.0', config: { type: 'http_request', url } };
    const second = { version: '1.4.0', config: { type: 'http_request', url, method: 'POST' } };
    await importInto(rest, entry([first]));

    const wanted = entry([first, second], { description: 'posts' });
    const { body } = await importInto(rest, wanted, '?dry_run=true');
    expect(body.changes).toMatchObject([
      {
        name,
        action: 'update',
        new_versions: ['1.4.0'],
        differences: [
          { path: 'description', op: 'changed', before: '', after: 'posts' },
          { path: 'latest_version', op: 'changed', before: '1.0.0', after: '1.4.0' },
          { path: 'config.method', op: 'added', after: 'POST' },
        ],
      },
    ]);
    await importInto(rest, wanted);
    const { body: list } = await rest.get<{ items: object[] }>(`/mcp-definitions?search=${name}`);
    expect(list.items).toMatchObject([{ description: 'posts', latest_version: { version: '1.4.0' } }]);

    const other10 = { version: '1.0.0', config: { type: 'http_request', url, method: 'PUT' } };
    const clash = await importInto(rest, entry([other10]));
    expect([clash.status, clash.body.errors]).toMatchObject([
      409,
      [{ path: 'mcp_definitions[0].versions[0]' }],
    ]);
    const merged = await importInto(rest, entry([other10]), '?conflicts=new_version');
    expect(merged.body.changes).toMatchObject([{ action: 'update', new_versions: ['1.5.0'] }]);
  });

  it.each<[string, object, number, string]>([
    ['a document of another kind', { mcpServers: {} }, 400, ''],
    ['an unknown field', { ...HEAD, toolsets: [{ name: 't', mood: 1 }] }, 400, 'toolsets[0]'],
    ['a name of the wrong form', { ...HEAD, toolsets: [{ name: 'No Name' }] }, 409, 'toolsets[0].name'],
    [
      'a configuration of the wrong form',
      {
        ...HEAD,
        mcp_definitions: [
          {
            name: 'x',
            mcp_type: 'http_request',
            versions: [{ version: '1.0.0', config: { type: 'http_request' } }],
          },
        ],
      },
      409,
      'mcp_definitions[0].versions[0].config.url',
    ],
    [
      'a workflow of the wrong form',
      {
        ...HEAD,
        workflow_definitions: [
          {
            name: 'x',
            versions: [{ version: '1.0.0', spec: { steps: [{ id: 'a', uses: { builtin: 'none' } }] } }],
          },
        ],
      },
      409,
      'workflow_definitions[0].versions[0].spec.steps[0]',
    ],
    [
      'a schedule of the wrong form',
      { ...HEAD, schedules: [{ name: 's', workflow_definition: 'outer', cron: 'x' }] },
      409,
      'schedules[0].cron',
    ],
  ])('refuse %s, and name the place in the document', async (_case, document, status, path) => {
    const answer = await importInto(running.rest, document);
    const paths = answer.body.errors?.map((error) => error.path);
    expect([answer.status, paths]).toEqual([status, expect.arrayContaining([expect.stringContaining(path)])]);
  });

  it('ask for the scopes that creating the same would ask for', async () => {
    const { rest } = running;
    const keyOf = async (scopes: string[]): Promise<RestClient> => {
      const { body } = await rest.post<{ key: string }>('/api-keys', { name: 'limited', scopes });
      return rest.withKey(body.key);
    };
    const shell = (): object => ({
      ...HEAD,
      mcp_definitions: [
        {
          name: `shell-${randomUUID()}`,
          mcp_type: 'mcp_server',
          versions: [
            { version: '1.0.0', config: { type: 'mcp_server', transport: 'stdio', command: 'node' } },
          ],
        },
      ],
    });
    const reader = await keyOf(['read']);
    expect((await reader.get('/export')).status).toBe(200);
    expect((await importInto(reader, HEAD)).status).toBe(403);
    expect((await importInto(await keyOf(['write']), HEAD)).status).toBe(403);
    const writer = await keyOf(['read', 'write']);
    expect((await writer.get('/export')).status).toBe(200);
    expect((await importInto(writer, HEAD)).status).toBe(200);
    expect((await importInto(writer, shell(), '?dry_run=true')).status).toBe(403);
    expect((await importInto(writer, shell())).status).toBe(403);
    expect((await importInto(await keyOf(['read', 'write', 'code']), shell())).status).toBe(200);
  });

  describe('an mcp.json', () => {
    const file = (token: string) => ({
      mcpServers: {
        issues: {
          type: 'http',
          url: 'https://issues.example.com/mcp',
          headers: { Authorization: `Bearer ${token}` },
        },
      },
    });

    it('becomes components, its credentials secrets, and comes out again for any client', async () => {
      const { rest } = running;
      const dry = await importFile(rest, file('a-token-that-is-long'), '?dry_run=true');
      expect(dry.body.changes).toMatchObject([
        { section: 'secrets', name: 'ISSUES_AUTHORIZATION', action: 'create' },
        { section: 'mcp_definitions', name: 'issues', path: 'mcpServers.issues', action: 'create' },
      ]);
      expect((await rest.get<{ total: number }>('/secrets?search=ISSUES')).body.total).toBe(0);

      const done = await importFile(rest, file('a-token-that-is-long'));
      expect([done.status, done.body]).toEqual([200, { ...dry.body, dry_run: false }]);
      expect(JSON.stringify(done.body)).not.toContain('a-token-that-is-long');
      const { body: list } = await rest.get<{ items: object[] }>('/mcp-definitions?search=issues');
      expect(list.items).toMatchObject([
        {
          latest_version: {
            config: { headers: { Authorization: 'Bearer ${{ secrets.ISSUES_AUTHORIZATION }}' } },
          },
        },
      ]);
      expect(actionsOf((await importFile(rest, file('a-token-that-is-long'))).body)).toEqual(['unchanged']);

      const { body: claude } = await rest.get<{ mcpServers: object }>('/export/mcp-json');
      expect(claude.mcpServers).toMatchObject({
        issues: { type: 'http', headers: { Authorization: 'Bearer ${ISSUES_AUTHORIZATION}' } },
      });
      const { body: vscode } = await rest.get<{ inputs: object[]; servers: object }>(
        '/export/mcp-json?client=vscode',
      );
      expect(vscode.inputs).toContainEqual(
        expect.objectContaining({ id: 'ISSUES_AUTHORIZATION', password: true }),
      );
    });

    it('asks for the scope that its credentials need, and tells what it cannot have', async () => {
      const { rest } = running;
      const { body } = await rest.post<{ key: string }>('/api-keys', {
        name: 'w',
        scopes: ['read', 'write'],
      });
      expect((await importFile(rest.withKey(body.key), file('another-token-than-that'))).status).toBe(403);
      const unset = await importFile(rest, {
        mcpServers: { x: { url, headers: { 'X-Key': '${NOT_HERE}' } } },
      });
      expect([unset.status, unset.body.errors]).toMatchObject([
        409,
        [{ path: 'mcpServers.x.config.headers["X-Key"]' }],
      ]);
      const local = await importFile(rest, { mcpServers: { x: { command: 'x', cwd: '/tmp' } } });
      expect([local.status, local.body.errors]).toMatchObject([400, [{ path: 'mcpServers.x.cwd' }]]);
    });

    it('is written for the MCP endpoint of this server and its toolsets', async () => {
      const { app, rest } = running;
      const name = `t-${randomUUID()}`;
      await made(rest, '/toolsets', { name });
      expect((await rest.get('/export/mcp-json/endpoint?client=cursor')).body).toEqual({
        mcpServers: {
          'mcp-backend': {
            url: `${app.baseUrl}/mcp`,
            headers: { Authorization: 'Bearer ${env:MCP_BACKEND_API_KEY}' },
          },
        },
      });
      const { body } = await rest.get(`/export/mcp-json/endpoint?toolset=${name}`);
      expect(body).toMatchObject({ mcpServers: { [name]: { url: `${app.baseUrl}/mcp/${name}` } } });
      expect((await rest.get('/export/mcp-json/endpoint?toolset=nobodys')).status).toBe(404);
    });
  });

  it('bring a server of the MCP registry in, and write one', async () => {
    const { rest } = running;
    const name = `weather-${randomUUID()}`;
    const file = {
      name: `io.example/${name}`,
      description: 'Weather',
      version: '1.0.0',
      remotes: [{ type: 'streamable-http', url: 'https://weather.example.com/mcp' }],
    };
    const done = await rest.post<Report>('/import/server-json', file);
    expect([done.status, done.body.changes]).toMatchObject([
      200,
      [{ name, path: 'remotes[0]', action: 'create' }],
    ]);
    expect(actionsOf((await rest.post<Report>('/import/server-json', file)).body)).toEqual(['unchanged']);
    expect((await rest.get(`/export/server-json?name=${name}`)).body).toMatchObject(file);
    expect((await rest.get('/export/server-json?name=nobody')).status).toBe(404);
    const shell = await rest.get<{ errors: { path: string }[] }>('/export/server-json?name=shell');
    expect([shell.status, shell.body.errors]).toMatchObject([422, [{ path: 'command' }]]);
    const container = {
      ...file,
      remotes: [],
      packages: [{ registryType: 'oci', identifier: 'x', transport: { type: 'stdio' } }],
    };
    const refused = await rest.post<{ errors: { path: string }[] }>('/import/server-json', container);
    expect([refused.status, refused.body.errors]).toMatchObject([
      400,
      [{ path: 'packages[0].registryType' }],
    ]);
  });

  it('take bodies larger than other routes do, from those who may only', async () => {
    const big = (megabytes: number): object => ({ ...HEAD, filler: 'x'.repeat(megabytes * 1024 * 1024) });
    expect((await importInto(running.rest, big(4))).status).toBe(400);
    expect((await importInto(running.rest, big(17))).status).toBe(413);
    expect((await importInto(running.rest.withKey(null), big(4))).status).toBe(401);
  });
});
