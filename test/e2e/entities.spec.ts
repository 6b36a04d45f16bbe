import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { eventually } from '../support/eventually';
import type { RestAnswer, RestClient } from '../support/rest-client';
import { type RunningRest, startRest } from '../support/start-rest';

interface Related {
  readonly id: string;
  readonly type: string;
  readonly relationship: string;
}

interface Entity {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly related_entities: readonly Related[];
  readonly related_next: string | null;
}

interface Version {
  readonly id: string;
}

/** What a relation is called from its other end. */
const INVERSES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['latest_version', 'latest_version_of'],
    ['has_version', 'version_of'],
    ['nested_in', 'has_nested'],
    ['uses_component', 'used_by_workflow_version'],
    ['uses_component_version', 'used_by_workflow_version'],
    ['pinned_to', 'pinned_by_run'],
    ['has_step', 'step_of'],
    ['needs', 'needed_by'],
    ['invokes', 'invoked_by_run'],
    ['uses_database', 'used_by_mcp_version'],
  ].flatMap(([name = '', inverse = '']) => [
    [name, inverse],
    [inverse, name],
  ]),
);

/** What docs/entities.md says that there is: `type relationship related type`. */
function documentedRelations(): string[] {
  const page = readFileSync(resolve(__dirname, '../../docs/entities.md'), 'utf8');
  return [...page.matchAll(/^\| `(\w+)` +\| `(\w+)` +\| `(\w+)` +\|/gm)].map(([, ...cells]) =>
    cells.join(' '),
  );
}

/** Names that depend on what the relation leads to. */
function inverseOf({ relationship, type }: Related, from: string): string {
  if (relationship === 'has_run') return from === 'workflow_version' ? 'run_of_version' : 'run_of';
  if (relationship.startsWith('run_of')) return 'has_run';
  if (relationship === 'used_by_workflow_version') {
    return from === 'mcp_version' ? 'uses_component_version' : 'uses_component';
  }
  return INVERSES[relationship] ?? `nothing: ${relationship} of ${type}`;
}

describe('entities', () => {
  let running: RunningRest;
  let rest: RestClient;
  let definitionId: string;
  let firstVersionId: string;
  let workflowId: string;
  let runIds: string[];

  beforeAll(async () => {
    running = await startRest();
    rest = running.rest;
    const config = { type: 'typescript_script', code: 'export default () => 1' };
    const component = await post<{ id: string; latest_version: Version }>('/mcp-definitions', {
      name: 'one',
      mcp_type: config.type,
      config,
    });
    definitionId = component.id;
    firstVersionId = component.latest_version.id;
    await post(`/mcp-definitions/${definitionId}/versions`, { config });
    const uses = { mcp_definition_id: definitionId };
    const workflow = await post<{ id: string }>('/workflow-definitions', {
      name: 'two steps and a join',
      steps: [
        { id: 'a', uses },
        { id: 'b', uses: { ...uses, version: '1.0.0' } },
        { id: 'c', uses: { builtin: 'set' }, inputs: { sum: '${{ steps.a.output + steps.b.output }}' } },
        { id: 'd', uses: { mcp_definition_id: await createQuery() }, when: 'false' },
      ],
    });
    workflowId = workflow.id;
    await post(`/mcp-definitions/${definitionId}/invoke`, { wait_seconds: 120 });
    runIds = [];
    for (let run = 0; run < 5; run++) {
      runIds.unshift(
        (await post<{ id: string }>('/workflow-runs', { workflow_definition_id: workflowId })).id,
      );
    }
    const inner = await post<{ id: string }>('/workflow-definitions', {
      name: 'inner',
      steps: [{ id: 'a', uses: { builtin: 'set' } }],
    });
    const outer = await post<{ id: string }>('/workflow-definitions', {
      name: 'outer',
      steps: [
        { id: 'a', uses },
        { id: 'b', uses: { workflow_definition_id: inner.id } },
      ],
    });
    await post('/workflow-runs', { workflow_definition_id: outer.id });
    await eventually(async () => {
      const { body } = await rest.get<{ total: number }>('/workflow-runs?status=succeeded');
      // With the call, the outer run and the one in it.
      return body.total === runIds.length + 3;
    });
  });

  afterAll(() => running.app.stop());

  async function post<Body>(path: string, body: object): Promise<Body> {
    const answer = await rest.post<Body>(path, body);
    expect([answer.status, answer.body]).toEqual([201, answer.body]);
    return answer.body;
  }

  /** A component that refers to a database, which nobody connects to. */
  async function createQuery(): Promise<string> {
    const database = { name: 'shop', db_type: 'sqlite', db_name: 'shop.db' };
    const { id } = await post<{ id: string }>('/external-db-configs', database);
    const config = { type: 'sql_query', external_db_config_id: id, sql: 'SELECT 1' };
    const query = { name: 'query', mcp_type: config.type, config };
    return (await post<{ id: string }>('/mcp-definitions', query)).id;
  }

  function ask(type: string, id: string, query = ''): Promise<RestAnswer<Entity>> {
    return rest.get<Entity>(`/entities/${type}/${id}${query}`);
  }

  async function get(type: string, id: string, query = ''): Promise<Entity> {
    const answer = await ask(type, id, query);
    expect([answer.status, answer.body]).toMatchObject([200, { id, type }]);
    return answer.body;
  }

  async function follow(entity: Entity, relationship: string): Promise<string> {
    const related = entity.related_entities.find((one) => one.relationship === relationship);
    expect(related).toBeDefined();
    return Promise.resolve(related?.id ?? '');
  }

  it("show what the entity's own GET shows", async () => {
    const keys = await rest.get<{ items: { id: string }[] }>('/api-keys');
    const keyId = keys.body.items[0]?.id ?? '';
    const runId = runIds[0] ?? '';
    const steps = await rest.get<{ items: { id: string }[] }>(`/workflow-runs/${runId}/steps`);
    const workflow = await get('workflow_definition', workflowId);
    const own: [string, string, unknown][] = [
      ['mcp_definition', definitionId, (await rest.get(`/mcp-definitions/${definitionId}`)).body],
      [
        'mcp_version',
        firstVersionId,
        (await rest.get(`/mcp-definitions/${definitionId}/versions/1.0.0`)).body,
      ],
      ['workflow_definition', workflowId, (await rest.get(`/workflow-definitions/${workflowId}`)).body],
      [
        'workflow_version',
        await follow(workflow, 'latest_version'),
        (await rest.get(`/workflow-definitions/${workflowId}/versions/1.0.0`)).body,
      ],
      ['workflow_run', runId, (await rest.get(`/workflow-runs/${runId}`)).body],
      ['workflow_step', `${runId}:b`, steps.body.items.find(({ id }) => id === 'b')],
      ['api_key', keyId, (await rest.get(`/api-keys/${keyId}`)).body],
    ];
    for (const [type, id, body] of own) expect((await get(type, id)).data).toEqual(body);
  });

  it('lead only to entities, by the relations that are documented, and each of these leads back', async () => {
    const seen = new Map<string, Entity>();
    const ahead = [`mcp_definition ${definitionId}`];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (seen.has(next)) continue;
      const [type = '', id = ''] = next.split(' ');
      const entity = await get(type, id);
      seen.set(next, entity);
      ahead.push(...entity.related_entities.map((related) => `${related.type} ${related.id}`));
    }
    const relations = [...seen.values()].flatMap(({ type, related_entities: related }) =>
      related.map((one) => `${type} ${one.relationship} ${one.type}`),
    );
    expect(new Set(relations)).toEqual(new Set(documentedRelations()));
    for (const entity of seen.values()) {
      for (const related of entity.related_entities) {
        const back = {
          id: entity.id,
          type: entity.type,
          relationship: inverseOf(related, entity.type),
        };
        expect(seen.get(`${related.type} ${related.id}`)?.related_entities).toContainEqual(back);
      }
    }
  });

  it('name what a step needs, whether it says so or only refers to it', async () => {
    const runId = runIds[0] ?? '';
    const { related_entities: related } = await get('workflow_step', `${runId}:c`);
    expect(related).toEqual([
      { id: runId, type: 'workflow_run', relationship: 'step_of' },
      { id: `${runId}:a`, type: 'workflow_step', relationship: 'needs' },
      { id: `${runId}:b`, type: 'workflow_step', relationship: 'needs' },
    ]);
  });

  it('tell the version that a step names apart from the one that the run got', async () => {
    const workflow = await get('workflow_definition', workflowId);
    const version = await get('workflow_version', await follow(workflow, 'latest_version'));
    expect(await follow(version, 'uses_component_version')).toBe(firstVersionId);
    const run = await get('workflow_run', runIds[0] ?? '', '?relationship=pinned_to');
    // One of each step that calls a component.
    expect(run.related_entities).toHaveLength(3);
  });

  it.each(['workflow_definition', 'workflow_version', 'mcp_version'])(
    'page through the runs of a %s, newest first, each once',
    async (type) => {
      const workflow = await get('workflow_definition', workflowId);
      const [id, relationship] = {
        workflow_definition: [workflowId, 'has_run'],
        workflow_version: [await follow(workflow, 'latest_version'), 'has_run'],
        mcp_version: [firstVersionId, 'pinned_by_run'],
      }[type] ?? ['', ''];
      const seen: string[] = [];
      let after = '';
      do {
        const part = await get(type, id ?? '', `?relationship=${relationship ?? ''}&limit=2${after}`);
        expect(part.related_entities.length).toBeLessThanOrEqual(2);
        seen.push(...part.related_entities.map((related) => related.id));
        after = part.related_next === null ? '' : `&after=${encodeURIComponent(part.related_next)}`;
      } while (after !== '');
      expect(seen).toEqual(runIds);
    },
  );

  it('keep the versions of what was deleted, without a way to it', async () => {
    const config = { type: 'typescript_script', code: 'export default () => 2' };
    const body = { name: 'gone', mcp_type: config.type, config };
    const gone = await post<{ id: string; latest_version: Version }>('/mcp-definitions', body);
    await rest.delete(`/mcp-definitions/${gone.id}`);
    expect((await ask('mcp_definition', gone.id)).status).toBe(404);
    const version = await get('mcp_version', gone.latest_version.id);
    expect([version.data['config'], version.related_entities]).toEqual([config, []]);
  });

  it('take an id in capitals for the same, and give it in lower case', async () => {
    const answer = await ask('mcp_definition', definitionId.toUpperCase());
    expect([answer.status, answer.body.id]).toEqual([200, definitionId]);
  });

  it('keep keys to those who manage keys, and never show a hash or a text', async () => {
    const created = await post<{ id: string; key: string }>('/api-keys', {
      name: 'reader',
      scopes: ['read'],
    });
    const shown = await get('api_key', created.id);
    expect(JSON.stringify(shown)).not.toMatch(/mcp_[0-9A-Za-z]{32}|hash/);
    const reader = rest.withKey(created.key);
    expect((await reader.get(`/entities/api_key/${created.id}`)).status).toBe(403);
    expect((await reader.get(`/entities/mcp_definition/${definitionId}`)).status).toBe(200);
    const runner = await post<{ key: string }>('/api-keys', { name: 'runner', scopes: ['run'] });
    const refused = await rest.withKey(runner.key).get(`/entities/mcp_definition/${definitionId}`);
    expect(refused.status).toBe(403);
  });

  const UNKNOWN = '0198c5b2-7d51-7c3e-8f00-3b1f6f0f9a55';

  it.each([
    ['mcp_definition', UNKNOWN],
    ['mcp_version', UNKNOWN],
    ['workflow_definition', UNKNOWN],
    ['workflow_version', UNKNOWN],
    ['workflow_run', UNKNOWN],
    ['workflow_step', `${UNKNOWN}:a`],
    ['api_key', UNKNOWN],
  ])('answer 404 for a %s that is not there', async (type, id) => {
    const answer = await ask(type, id);
    expect([answer.status, answer.body]).toMatchObject([404, { detail: 'Resource not found' }]);
  });

  it.each([
    ['/user/1', 'entity_type', 'mcp_definition, mcp_version'],
    ['/toString/1', 'entity_type', 'mcp_definition, mcp_version'],
    ['/mcp_definition/1', 'entity_id', 'must be a UUID'],
    ['/mcp_definition/%00', 'entity_id', 'must be a UUID'],
    [`/workflow_step/${UNKNOWN}`, 'entity_id', 'a colon and a step id'],
    [`/mcp_definition/${UNKNOWN}?relationship=friends`, 'relationship', 'has_version'],
    [`/mcp_definition/${UNKNOWN}?after=has_version:x`, 'after', 'related_next'],
    [`/mcp_definition/${UNKNOWN}?after=friends`, 'after', 'related_next'],
    [`/mcp_definition/${UNKNOWN}?limit=101`, 'limit', 'from 1 to 100'],
    [`/mcp_definition/${UNKNOWN}?skip=1`, 'skip', 'allowed: relationship'],
  ])('answer 400 for %s, naming %s and what is allowed', async (path, field, allowed) => {
    const answer = await rest.get<{ detail: string }>(`/entities${path}`);
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path: field }] }]);
    expect(answer.body.detail).toContain(allowed);
  });
});

describe('lists of definitions', () => {
  let running: RunningRest;

  beforeAll(async () => {
    running = await startRest();
    for (const [name, labels] of [
      ['alpha', { team: 'ops' }],
      ['beta', { team: 'dev', note: 'a=b' }],
      ['gamma', {}],
    ] as const) {
      const uses = { builtin: 'set' };
      const description = `says ${name} 100%`;
      await running.rest.post('/workflow-definitions', {
        name,
        labels,
        description,
        steps: [{ id: 'a', uses }],
      });
      const config = { type: 'http_request', url: 'https://example.com/' };
      await running.rest.post('/mcp-definitions', {
        name,
        labels,
        description,
        mcp_type: config.type,
        config,
      });
    }
  });
  afterAll(() => running.app.stop());

  it.each(
    ['/mcp-definitions', '/workflow-definitions'].flatMap((path) =>
      (
        [
          ['search=SAYS', ['gamma', 'beta', 'alpha']],
          ['search=bet', ['beta']],
          ['search=100%25', ['gamma', 'beta', 'alpha']],
          ['search=_', []],
          ['label=team=ops', ['alpha']],
          ['label=team', ['beta', 'alpha']],
          ['label=note=a=b', ['beta']],
          ['label=team%3Ddev&search=a', ['beta']],
          ['created_after=2100-01-01T00:00:00Z', []],
          ['created_before=2100-01-01T00:00:00Z&label=team', ['beta', 'alpha']],
        ] as const
      ).map(([query, names]) => [path, query, names] as const),
    ),
  )('of %s?%s', async (path, query, names) => {
    const { body } = await running.rest.get<{ items: { name: string }[]; total: number }>(`${path}?${query}`);
    expect([body.items.map(({ name }) => name), body.total]).toEqual([names, names.length]);
    const part = await running.rest.get(`${path}?${query}&limit=1&skip=1`);
    expect(part.body).toMatchObject({ total: names.length, skip: 1, limit: 1 });
  });

  it.each([
    ['search=', 'search'],
    ['search=a&search=b', 'search'],
    ['label==x', 'label'],
    ['label=a&label=b', 'label'],
    ['created_after=yesterday', 'created_after'],
    ['created_after=2026-W05-1T00:00:00Z', 'created_after'],
    ['created_before=2026-02-30T00:00:00Z', 'created_before'],
    ['createdAfter=2026-02-20T00:00:00Z', 'createdAfter'],
  ])('refuse %s', async (query, field) => {
    for (const path of ['/mcp-definitions', '/workflow-definitions']) {
      const answer = await running.rest.get(`${path}?${query}`);
      expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path: field }] }]);
    }
  });
});
