import { type RunningRest, startRest } from '../support/start-rest';

interface Version {
  id: string;
  version: string;
  is_latest: boolean;
}

interface Definition {
  id: string;
  updated_at: string;
  latest_version: Version;
}

interface Page {
  items: Version[];
  total: number;
}

interface Problem {
  code: string;
  errors?: { path: string }[];
}

const step = { id: 'first', uses: { builtin: 'set' }, inputs: { text: 'a' } };
const script = { type: 'typescript_script', code: 'export default () => 1' };

let running: RunningRest;
let count = 0;

beforeAll(async () => {
  running = await startRest();
});

afterAll(async () => {
  await running.app.stop();
});

async function createComponent(config: { type: string; [field: string]: unknown }): Promise<string> {
  const body = { name: `component ${(count += 1)}`, mcp_type: config.type, config };
  return (await running.rest.post<Definition>('/mcp-definitions', body)).body.id;
}

async function createWorkflow(spec: object): Promise<string> {
  const body = { name: `workflow ${(count += 1)}`, ...spec };
  return (await running.rest.post<Definition>('/workflow-definitions', body)).body.id;
}

/** The two kinds of definitions, each with versions 1.0.0 and 1.1.0 that differ in one place. */
const kinds: [string, () => Promise<string>, string, string][] = [
  [
    'an MCP definition',
    async () => {
      const id = await createComponent({ type: 'http_request', url: 'https://example.com/' });
      await running.rest.put(`/mcp-definitions/${id}`, {
        config: { type: 'http_request', url: 'https://example.com/', method: 'PUT' },
      });
      return `/mcp-definitions/${id}`;
    },
    'config.method',
    'PUT',
  ],
  [
    'a workflow definition',
    async () => {
      const id = await createWorkflow({ steps: [step] });
      await running.rest.put(`/workflow-definitions/${id}`, { steps: [step], description: 'PUT', result: 1 });
      return `/workflow-definitions/${id}`;
    },
    'result',
    '1',
  ],
];

describe.each(kinds)('the versions of %s', (_kind, create, changedField, changedValue) => {
  let path: string;

  beforeEach(async () => {
    path = await create();
  });

  async function latestOf(): Promise<string[]> {
    const { body } = await running.rest.get<Page>(`${path}/versions`);
    return body.items.filter(({ is_latest: isLatest }) => isLatest).map(({ version }) => version);
  }

  it('are listed in pages, one of them the latest, and got one by one', async () => {
    const page = await running.rest.get<Page>(`${path}/versions?limit=1&skip=1`);
    expect(page.body).toMatchObject({ items: [{ version: '1.0.0', is_latest: false }], total: 2 });
    expect(await latestOf()).toEqual(['1.1.0']);
    const one = await running.rest.get(`${path}/versions/1.1.0`);
    expect(one.body).toMatchObject({ version: '1.1.0', is_latest: true });
  });

  it('are compared in both directions', async () => {
    const there = await running.rest.get<{ changes: { after?: unknown }[] }>(
      `${path}/versions/1.1.0/diff?against=1.0.0`,
    );
    expect([there.status, there.body]).toMatchObject([
      200,
      {
        from: '1.0.0',
        to: '1.1.0',
        changes: [{ path: changedField, op: 'added' }],
        total: 1,
        truncated: false,
      },
    ]);
    expect(String(there.body.changes[0]?.after)).toBe(changedValue);
    const back = await running.rest.get(`${path}/versions/1.0.0/diff?against=1.1.0`);
    expect(back.body).toMatchObject({ changes: [{ path: changedField, op: 'removed' }] });
    const same = await running.rest.get(`${path}/versions/1.0.0/diff?against=1.0.0`);
    expect(same.body).toMatchObject({ changes: [], total: 0 });
  });

  it.each([
    ['1.1.0/diff', 400],
    ['1.1.0/diff?against=latest', 400],
    ['1.1.0/diff?against=9.0.0', 404],
    ['9.0.0/diff?against=1.0.0', 404],
  ])('are not compared by %s', async (suffix, status) => {
    expect((await running.rest.get(`${path}/versions/${suffix}`)).status).toBe(status);
  });

  it('go back to an older one, which is shown at once and marks the definition as changed', async () => {
    const before = await running.rest.get<Definition>(path);
    const moved = await running.rest.post<Definition>(`${path}/versions/1.0.0/make-latest`);
    expect([moved.status, moved.body]).toMatchObject([200, { latest_version: { version: '1.0.0' } }]);
    expect(Date.parse(moved.body.updated_at)).toBeGreaterThan(Date.parse(before.body.updated_at));
    expect(await latestOf()).toEqual(['1.0.0']);

    const again = await running.rest.post<Definition>(`${path}/versions/1.0.0/make-latest`);
    expect(again.body).toEqual(moved.body);
  });

  it('are numbered after the greatest, also when an older one is the latest', async () => {
    await running.rest.post(`${path}/versions/1.0.0/make-latest`);
    const { body } = await running.rest.put<Definition>(path, { version: '1.1.0' });
    expect(body).toMatchObject({ code: 'CONFLICT' });
    const copied = await running.rest.put<Definition>(path, { version: '1.2.0' });
    expect(copied.body.latest_version).toMatchObject({ version: '1.2.0', is_latest: true });
  });

  it('do not become the latest where there is none such, or no such definition', async () => {
    expect((await running.rest.post(`${path}/versions/7.0.0/make-latest`)).status).toBe(404);
    await running.rest.delete(path);
    expect((await running.rest.post(`${path}/versions/1.0.0/make-latest`)).status).toBe(404);
  });
});

it('compares the steps of workflows by their ids', async () => {
  const id = await createWorkflow({ steps: [step] });
  const inserted = { id: 'before', uses: { builtin: 'set' } };
  const changed = { ...step, inputs: { text: 'b' } };
  await running.rest.put(`/workflow-definitions/${id}`, { steps: [inserted, changed] });
  const { body } = await running.rest.get(`/workflow-definitions/${id}/versions/1.1.0/diff?against=1.0.0`);
  expect(body).toMatchObject({
    changes: [
      { path: 'steps.first.inputs.text', op: 'changed', before: 'a', after: 'b' },
      { path: 'steps.before', op: 'added', after: inserted },
    ],
  });
});

it('does not go back to a version of a workflow whose component is gone', async () => {
  const componentId = await createComponent({ type: 'http_request', url: 'https://example.com/' });
  const id = await createWorkflow({ steps: [{ id: 'call', uses: { mcp_definition_id: componentId } }] });
  await running.rest.put(`/workflow-definitions/${id}`, { steps: [step] });
  expect((await running.rest.delete(`/mcp-definitions/${componentId}`)).status).toBe(200);

  const refused = await running.rest.post<Problem>(`/workflow-definitions/${id}/versions/1.0.0/make-latest`);
  expect([refused.status, refused.body]).toMatchObject([
    400,
    { errors: [{ path: 'steps[0].uses.mcp_definition_id' }] },
  ]);
  const { body } = await running.rest.get<Definition>(`/workflow-definitions/${id}`);
  expect(body.latest_version.version).toBe('1.1.0');
});

it('keeps a component that the version gone back to uses', async () => {
  const componentId = await createComponent({ type: 'http_request', url: 'https://example.com/' });
  const id = await createWorkflow({ steps: [{ id: 'call', uses: { mcp_definition_id: componentId } }] });
  await running.rest.put(`/workflow-definitions/${id}`, { steps: [step] });
  await running.rest.post(`/workflow-definitions/${id}/versions/1.0.0/make-latest`);
  expect((await running.rest.delete(`/mcp-definitions/${componentId}`)).status).toBe(409);
});

it('goes back to code only with a key of scope code', async () => {
  const { body } = await running.rest.post<{ key: string }>('/api-keys', {
    name: 'w',
    scopes: ['read', 'write'],
  });
  const id = await createComponent(script);
  await running.rest.put(`/mcp-definitions/${id}`, {
    config: { ...script, code: 'export default () => 2' },
  });
  const path = `/mcp-definitions/${id}/versions/1.0.0/make-latest`;
  expect((await running.rest.withKey(body.key).post(path)).status).toBe(403);
  expect((await running.rest.post(path)).status).toBe(200);
});
