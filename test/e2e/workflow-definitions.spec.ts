import { type RunningRest, startRest } from '../support/start-rest';

interface Workflow {
  id: string;
  name: string;
  latest_version: { id: string; version: string; spec: object };
}

interface Issues {
  detail: string;
  errors: { path: string; message: string }[];
}

const UNKNOWN_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

describe('workflow definitions', () => {
  let running: RunningRest;
  let httpId: string;
  let serverId: string;
  let count = 0;

  beforeAll(async () => {
    running = await startRest();
    httpId = await createComponent({ type: 'http_request', url: 'https://example.com/' });
    serverId = await createComponent({
      type: 'mcp_server',
      transport: 'streamable_http',
      url: 'https://example.com/mcp',
    });
  });

  afterAll(async () => {
    await running.app.stop();
  });

  async function createComponent(config: { type: string; [field: string]: string }): Promise<string> {
    const answer = await running.rest.post<{ id: string }>('/mcp-definitions', {
      name: `component ${(count += 1)}`,
      mcp_type: config.type,
      config,
    });
    expect(answer.status).toBe(201);
    return answer.body.id;
  }

  function specOf(uses: object): { steps: object[] } {
    return { steps: [{ id: 'first', uses, inputs: { text: '${{ params.text }}' } }] };
  }

  async function create(spec: object, body: object = {}): Promise<Workflow> {
    const answer = await running.rest.post<Workflow>('/workflow-definitions', {
      name: `workflow ${(count += 1)}`,
      ...spec,
      ...body,
    });
    expect([answer.status, answer.body]).toMatchObject([201, {}]);
    return answer.body;
  }

  it('keeps exactly the spec that was sent, without name, description and labels', async () => {
    const spec = {
      parameters_schema: { type: 'object', properties: { camelCase: { type: 'string' } } },
      timeout_seconds: 60,
      max_parallel_steps: 2,
      ...specOf({ mcp_definition_id: httpId }),
      result: { camelCase: '${{ steps.first.status }}' },
    };
    const created = await create(spec, { description: 'd', labels: { team: 'ops' } });
    expect(created).toMatchObject({
      description: 'd',
      labels: { team: 'ops' },
      latest_version: { version: '1.0.0' },
    });
    expect(created.latest_version.spec).toEqual(spec);
    const found = await running.rest.get(`/workflow-definitions/${created.id}`);
    expect(found.body).toEqual(created);
  });

  it('makes a version of a changed spec, and leaves the spec when only other fields are sent', async () => {
    const { id } = await create(specOf({ builtin: 'set' }));
    const path = `/workflow-definitions/${id}`;
    const described = await running.rest.put<Workflow>(path, { description: 'new' });
    expect(described.body).toMatchObject({ description: 'new', latest_version: { version: '1.0.0' } });

    const changed = await running.rest.put<Workflow>(path, {
      ...specOf({ builtin: 'set' }),
      timeout_seconds: 5,
    });
    expect(changed.body).toMatchObject({ description: 'new', latest_version: { version: '1.1.0' } });
    const named = await running.rest.post(`${path}/versions`, {
      version: '2.0.0',
      ...specOf({ builtin: 'set' }),
    });
    expect([named.status, named.body]).toMatchObject([201, { version: '2.0.0' }]);

    const versions = await running.rest.get(`${path}/versions`);
    expect(versions.body).toMatchObject({
      items: [{ version: '2.0.0' }, { version: '1.1.0' }, { version: '1.0.0' }],
      total: 3,
    });
    const old = await running.rest.get(`${path}/versions/1.0.0`);
    expect(old.body).toMatchObject({ version: '1.0.0', spec: specOf({ builtin: 'set' }) });
  });

  const faults: [string, () => object, string][] = [
    ['no steps', () => ({}), 'steps'],
    ['a field that is not known', () => ({ ...specOf({ builtin: 'set' }), stepz: [] }), 'stepz'],
    [
      'an unknown component',
      () => specOf({ mcp_definition_id: UNKNOWN_ID }),
      'steps[0].uses.mcp_definition_id',
    ],
    [
      'a component id in another form',
      () => specOf({ mcp_definition_id: `urn:uuid:${httpId}` }),
      'steps[0].uses.mcp_definition_id',
    ],
    [
      'an unknown version',
      () => specOf({ mcp_definition_id: httpId, version: '9.0.0' }),
      'steps[0].uses.version',
    ],
    ['an MCP server without a tool', () => specOf({ mcp_definition_id: serverId }), 'steps[0].uses.tool'],
    ['a tool of what has none', () => specOf({ mcp_definition_id: httpId, tool: 'x' }), 'steps[0].uses.tool'],
    [
      'an unknown step',
      () => ({ steps: [{ id: 'a', uses: { builtin: 'set' }, needs: ['b'] }] }),
      'steps[0].needs[0]',
    ],
  ];

  describe('on a component with an input schema', () => {
    let id: string;

    beforeAll(async () => {
      const answer = await running.rest.post<{ id: string }>('/mcp-definitions', {
        name: `strict ${(count += 1)}`,
        mcp_type: 'http_request',
        config: { type: 'http_request', url: 'https://example.com/' },
        input_schema: {
          type: 'object',
          required: ['id'],
          additionalProperties: false,
          properties: { id: { type: 'integer', minimum: 1 } },
        },
      });
      ({ id } = answer.body);
    });

    const withInputs = (inputs: unknown) => ({
      name: `strict ${(count += 1)}`,
      ...specOf({ mcp_definition_id: id }),
      steps: [{ id: 'first', uses: { mcp_definition_id: id }, inputs }],
    });

    it.each<[unknown, string[]]>([
      [{ id: 0 }, ['steps[0].inputs.id']],
      [{ ids: 1 }, ['steps[0].inputs.id', 'steps[0].inputs.ids']],
      [{ id: '${{ params.id }}', more: '${{ params.more }}' }, ['steps[0].inputs.more']],
      [undefined, ['steps[0].inputs.id']],
    ])('refuses the constant inputs %j, with the paths of what is wrong', async (inputs, paths) => {
      const refused = await running.rest.post<Issues>('/workflow-definitions', withInputs(inputs));
      expect([refused.status, refused.body.errors.map(({ path }) => path)]).toEqual([400, paths]);
    });

    it.each([{ id: 1 }, { id: '${{ params.id }}' }, '${{ params }}'])(
      'takes the inputs %j, of which nothing is certainly wrong',
      async (inputs) => {
        expect((await running.rest.post('/workflow-definitions', withInputs(inputs))).status).toBe(201);
      },
    );
  });

  it.each(faults)('refuses %s, also in validation, naming the place', async (_case, spec, path) => {
    const body = { name: `refused ${(count += 1)}`, ...spec() };
    const refused = await running.rest.post<Issues>('/workflow-definitions', body);
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map((error) => error.path)).toContain(path);

    const validated = await running.rest.post<Issues>('/workflow-definitions/validate', body);
    expect([validated.status, validated.body]).toEqual([200, { valid: false, errors: refused.body.errors }]);
  });

  it('tells at once what is wrong with the shape, the content, and what is called', async () => {
    const body = {
      name: `refused ${(count += 1)}`,
      steps: [
        { id: 'shape', uses: { builtin: 'set', version: '1.0.0' } },
        { id: 'content', uses: { builtin: 'wait' }, inputs: { seconds: 1e12 }, needs: ['shape', 'nobody'] },
        { id: 'constant', uses: { builtin: 'set' }, when: '"yes"' },
        { id: 'called', uses: { mcp_definition_id: UNKNOWN_ID } },
      ],
    };
    const refused = await running.rest.post<Issues>('/workflow-definitions', body);
    expect([refused.status, refused.body.errors.map(({ path }) => path)]).toEqual([
      400,
      [
        'steps[0].uses.version',
        'steps[1].needs[1]',
        'steps[1].inputs.seconds',
        'steps[2].when',
        'steps[3].uses.mcp_definition_id',
      ],
    ]);
  });

  it.each<[body: object, paths: string[]]>([
    [{ name: '', labels: 1 }, ['labels', 'name', 'steps']],
    [{ name: '', expose_as_tool: true, ...specOf({ builtin: 'set' }) }, ['name']],
    [{ name: 'odd', expose_as_tool: 'yes', version: '1.0.0', steps: [] }, ['expose_as_tool', 'steps']],
  ])('tells of %j faults of all parts at once, in creation as in validation', async (body, paths) => {
    for (const path of ['/workflow-definitions', '/workflow-definitions/validate']) {
      const { body: answer } = await running.rest.post<Issues>(path, body);
      expect(answer.errors.map((error) => error.path).sort()).toEqual(paths);
    }
  });

  it('tells a name that is taken in validation, and stores nothing', async () => {
    const taken = await create(specOf({ builtin: 'set' }));
    const before = await running.rest.get<{ total: number }>('/workflow-definitions');
    const clash = await running.rest.post('/workflow-definitions/validate', {
      name: taken.name,
      ...specOf({ builtin: 'set' }),
    });
    expect(clash.body).toMatchObject({ valid: false, errors: [{ path: 'name' }] });
    const right = await running.rest.post('/workflow-definitions/validate', {
      name: 'free',
      ...specOf({ mcp_definition_id: serverId, tool: 'echo' }),
    });
    expect([right.status, right.body]).toEqual([200, { valid: true, errors: [] }]);
    expect((await running.rest.get<{ total: number }>('/workflow-definitions')).body.total).toBe(
      before.body.total,
    );
  });

  it('keeps a component that the latest version of a living workflow uses', async () => {
    const componentId = await createComponent({ type: 'http_request', url: 'https://example.com/' });
    const workflow = await create(specOf({ mcp_definition_id: componentId.toUpperCase() }));
    const remove = (): Promise<{ status: number; body: unknown }> =>
      running.rest.delete(`/mcp-definitions/${componentId}`);
    const refused = await remove();
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { code: 'CONFLICT', users: [{ type: 'workflow_definition', id: workflow.id, name: workflow.name }] },
    ]);

    await running.rest.put(`/workflow-definitions/${workflow.id}`, specOf({ builtin: 'set' }));
    expect((await remove()).status).toBe(200);
  });

  it('never stores a workflow on a component that is being deleted', async () => {
    for (let round = 0; round < 10; round++) {
      const componentId = await createComponent({ type: 'http_request', url: 'https://example.com/' });
      const [removed, stored] = await Promise.all([
        running.rest.delete(`/mcp-definitions/${componentId}`),
        running.rest.post('/workflow-definitions', {
          name: `race ${round}`,
          ...specOf({ mcp_definition_id: componentId }),
        }),
      ]);
      expect([
        [200, 400],
        [409, 201],
      ]).toContainEqual([removed.status, stored.status]);
    }
  });

  it('hides a deleted workflow and frees its name', async () => {
    const { id, name } = await create(specOf({ builtin: 'set' }));
    const deleted = await running.rest.delete(`/workflow-definitions/${id}`);
    expect([deleted.status, deleted.body]).toEqual([
      200,
      { message: 'Workflow definition deleted successfully' },
    ]);
    for (const suffix of ['', '/versions', '/versions/1.0.0']) {
      expect((await running.rest.get(`/workflow-definitions/${id}${suffix}`)).status).toBe(404);
    }
    await create(specOf({ builtin: 'set' }), { name });
  });

  it('finds workflows by a part of their name', async () => {
    const { id } = await create(specOf({ builtin: 'set' }), { name: 'the Haystack' });
    const found = await running.rest.get('/workflow-definitions?search=haystack');
    expect(found.body).toMatchObject({ items: [{ id }], total: 1 });
  });

  it('refuses a document that is nested too deep', async () => {
    let nested: unknown = 1;
    for (let depth = 0; depth < 500; depth++) nested = [nested];
    const body = { name: 'deep', steps: [{ id: 'a', uses: { builtin: 'set' }, inputs: nested }] };
    const refused = await running.rest.post<Issues>('/workflow-definitions', body);
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('nested')]);
    expect((await running.rest.post('/workflow-definitions/validate', body)).body).toMatchObject({
      valid: false,
    });
  });
});
