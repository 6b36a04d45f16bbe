import { randomUUID } from 'node:crypto';

import type { RestClient } from '../support/rest-client';
import { type RunningRest, startRest } from '../support/start-rest';

interface Toolset {
  id: string;
  name: string;
  path: string;
  mode: string;
  members: object[] | null;
  allow: string[];
  deny: string[];
}

const steps = [{ id: 'only', uses: { builtin: 'set' }, inputs: 1 }];

describe('toolsets', () => {
  let running: RunningRest;
  let rest: RestClient;

  beforeAll(async () => {
    running = await startRest();
    ({ rest } = running);
  });

  afterAll(async () => {
    await running.app.stop();
  });

  const uniqueName = (): string => `t-${randomUUID()}`;

  async function makeComponent(): Promise<string> {
    const config = { type: 'http_request', url: 'https://example.com/' };
    const body = { name: uniqueName(), mcp_type: 'http_request', config };
    return (await rest.post<{ id: string }>('/mcp-definitions', body)).body.id;
  }

  async function makeWorkflow(): Promise<string> {
    return (await rest.post<{ id: string }>('/workflow-definitions', { name: uniqueName(), steps })).body.id;
  }

  it('are made, read, changed, found and deleted', async () => {
    const members = [
      { mcp_definition_id: await makeComponent(), version: '1.0.0' },
      { workflow_definition_id: await makeWorkflow() },
    ];
    const name = uniqueName();
    const made = await rest.post<Toolset>('/toolsets', { name, members, deny: ['*_delete'] });
    expect([made.status, made.body]).toMatchObject([
      201,
      { name, path: `/mcp/${name}`, mode: 'list', members, allow: [], deny: ['*_delete'] },
    ]);

    const changed = await rest.put<Toolset>(`/toolsets/${made.body.id}`, { mode: 'search', members: null });
    expect([changed.status, changed.body]).toMatchObject([
      200,
      { name, mode: 'search', members: null, deny: ['*_delete'] },
    ]);
    expect((await rest.get<Toolset>(`/toolsets/${made.body.id}`)).body).toEqual(changed.body);
    expect((await rest.get(`/toolsets?search=${name}`)).body).toMatchObject({ total: 1, items: [{ name }] });

    expect((await rest.delete(`/toolsets/${made.body.id}`)).status).toBe(200);
    expect((await rest.get(`/toolsets/${made.body.id}`)).status).toBe(404);
  });

  it.each<[string, object, string]>([
    ['a name that is no part of an address', { name: 'Not a name' }, 'name'],
    ['an unknown mode', { mode: 'all' }, 'mode'],
    ['a rule of other characters', { deny: ['a b'] }, 'deny'],
    ['a member that there is not', { members: [{ mcp_definition_id: randomUUID() }] }, 'members[0]'],
    ['a workflow that there is not', { members: [{ workflow_definition_id: randomUUID() }] }, 'members[0]'],
  ])('refuse %s, and name the field', async (_case, fault, path) => {
    const { status, body } = await rest.post<{ errors: { path: string }[] }>('/toolsets', {
      name: uniqueName(),
      ...fault,
    });
    expect([status, body.errors.map((error) => error.path)]).toEqual([400, [path]]);
  });

  it('refuse a version that a member has not', async () => {
    const members = [
      { mcp_definition_id: await makeComponent(), version: '7.0.0' },
      { workflow_definition_id: await makeWorkflow(), version: '7.0.0' },
    ];
    const { status, body } = await rest.post<{ errors: { path: string }[] }>('/toolsets', {
      name: uniqueName(),
      members,
    });
    expect([status, body.errors.map(({ path }) => path)]).toEqual([400, ['members[0]', 'members[1]']]);
  });

  it('refuse a name that another has', async () => {
    const name = uniqueName();
    await rest.post('/toolsets', { name });
    expect((await rest.post('/toolsets', { name })).status).toBe(409);
  });

  it('keep their members from being deleted, and say so', async () => {
    const component = await makeComponent();
    const workflow = await makeWorkflow();
    const members = [{ mcp_definition_id: component }, { workflow_definition_id: workflow }];
    const { body } = await rest.post<Toolset>('/toolsets', { name: uniqueName(), members });
    const users = [{ type: 'toolset', id: body.id, name: body.name }];
    for (const path of [`/mcp-definitions/${component}`, `/workflow-definitions/${workflow}`]) {
      const refused = await rest.delete(path);
      expect([refused.status, refused.body]).toMatchObject([409, { users }]);
    }
    await rest.delete(`/toolsets/${body.id}`);
    expect((await rest.delete(`/mcp-definitions/${component}`)).status).toBe(200);
    expect((await rest.delete(`/workflow-definitions/${workflow}`)).status).toBe(200);
  });

  it('limit keys, which then have no other way in', async () => {
    const { body: toolset } = await rest.post<Toolset>('/toolsets', { name: uniqueName() });
    const made = await rest.post<{ id: string; key: string; toolsets: string[] }>('/api-keys', {
      name: 'limited',
      toolsets: [toolset.id],
    });
    expect([made.status, made.body.toolsets]).toEqual([201, [toolset.id]]);
    expect((await rest.get(`/api-keys?search=limited`)).body).toMatchObject({
      items: [{ id: made.body.id, toolsets: [toolset.id] }],
    });
    const limited = rest.withKey(made.body.key);
    for (const path of ['/toolsets', '/mcp-definitions', '/workflow-runs']) {
      expect([path, (await limited.get(path)).status]).toEqual([path, 403]);
    }
  });

  it('must exist for a key to be limited to them', async () => {
    const { status, body } = await rest.post<{ errors: { path: string }[] }>('/api-keys', {
      name: 'limited',
      toolsets: [randomUUID()],
    });
    expect([status, body.errors.map(({ path }) => path)]).toEqual([400, ['toolsets']]);
  });
});
