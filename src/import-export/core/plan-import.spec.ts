import type { JsonObject } from '../../engine/core/json';
import { type Configuration, EMPTY_CONFIGURATION } from './configuration-document';
import type { ImportChecks, ImportPlan, PlanInput } from './import-plan';
import { planImport } from './plan-import';
import { readDocument } from './read-document';

const HEAD = { format: 'mcp-backend/configuration', format_version: 1 };

/** A configuration whose addresses begin with `bad` is refused; everything else is taken. */
const checks: ImportChecks = {
  version: (_section, _mcpType, { config }) => {
    const { url } = (config ?? {}) as { readonly url?: string };
    return url?.startsWith('bad') === true ? [{ path: 'config.url', message: 'is bad' }] : [];
  },
  lasting: () => [],
  settings: () => [],
};

function configuration(parts: object): Configuration {
  const read = readDocument({ ...HEAD, ...parts });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

function plan(here: object, wanted: object, more: Partial<PlanInput> = {}): ImportPlan {
  return planImport({
    here: configuration(here),
    wanted: configuration(wanted),
    newSecrets: [],
    conflicts: 'refuse',
    checks,
    ...more,
  });
}

type Versions = readonly (readonly [version: string, url: string])[];

/** Components of one name, with a version for each pair. */
function component(versions: Versions, more: JsonObject = {}): { mcp_definitions: JsonObject[] } {
  const entry = {
    name: 'a',
    mcp_type: 'http_request',
    versions: versions.map(([version, url]) => ({ version, config: { url } })),
    ...more,
  };
  return { mcp_definitions: [entry] };
}

/** A workflow with one step. */
function workflow(name: string, uses: JsonObject, version = '1.0.0'): JsonObject {
  return { name, versions: [{ version, spec: { steps: [{ id: 's', uses }] } }] };
}

function tell({ changes, operations }: ImportPlan) {
  return {
    actions: changes.map(({ action }) => action),
    operations: operations.map((operation) =>
      [operation.kind, operation.name, ...('version' in operation ? [operation.version] : [])].join(' '),
    ),
    issues: changes.flatMap(({ issues }) => issues.map(({ path }) => path)),
    notes: changes.flatMap(({ notes }) => notes),
  };
}

describe('the plan for a component', () => {
  const v1 = ['1.0.0', 'x'] as const;
  const v2 = ['1.1.0', 'y'] as const;
  const v3 = ['2.0.0', 'z'] as const;

  it.each<[string, object, object, string[], string[]]>([
    [
      'that is new',
      {},
      component([v1, v2]),
      ['create'],
      ['create_definition a 1.0.0', 'add_version a 1.1.0'],
    ],
    [
      'that is new, and whose latest is an older version',
      {},
      component([v1, v2], { latest_version: '1.0.0' }),
      ['create'],
      ['create_definition a 1.0.0', 'add_version a 1.1.0', 'make_latest a 1.0.0'],
    ],
    ['that is the same', component([v1, v2]), component([v1, v2]), ['unchanged'], []],
    ['of which there is more here', component([v1, v2, v3]), component([v3]), ['unchanged'], []],
    ['with a version more', component([v1]), component([v1, v2]), ['update'], ['add_version a 1.1.0']],
    [
      'with another latest',
      component([v1, v2]),
      component([v1, v2], { latest_version: '1.0.0' }),
      ['update'],
      ['make_latest a 1.0.0'],
    ],
    [
      'with another description',
      component([v1], { description: 'before' }),
      component([v1], { description: 'after' }),
      ['update'],
      ['update_definition a'],
    ],
    [
      'that says nothing of its description',
      component([v1], { description: 'x' }),
      component([v1]),
      ['unchanged'],
      [],
    ],
  ])('%s', (_case, here, wanted, actions, operations) => {
    expect(tell(plan(here, wanted))).toMatchObject({ actions, operations, issues: [] });
  });

  it.each<[string, object, object, string[]]>([
    [
      'a version that says something else',
      component([v1]),
      component([['1.0.0', 'other']]),
      ['mcp_definitions[0].versions[0]'],
    ],
    [
      'a version between those here',
      component([v1, v3]),
      component([v1, v2]),
      ['mcp_definitions[0].versions[1].version'],
    ],
    [
      'another type',
      component([v1]),
      component([v1], { mcp_type: 'sql_query' }),
      ['mcp_definitions[0].mcp_type'],
    ],
    [
      'a latest version that is refused',
      {},
      component([['1.0.0', 'bad']]),
      ['mcp_definitions[0].versions[0].config.url'],
    ],
    [
      'a secret that is not here',
      {},
      component([['1.0.0', '${{ secrets.KEY }}'], v2]),
      ['mcp_definitions[0].versions[0].config.url'],
    ],
  ])('is a conflict for %s, and then nothing is done', (_case, here, wanted, issues) => {
    expect(tell(plan(here, wanted))).toMatchObject({ actions: ['conflict'], operations: [], issues });
  });

  it('leaves out an older version that is refused, and says so', () => {
    expect(tell(plan({}, component([['1.0.0', 'bad'], v2])))).toEqual({
      actions: ['create'],
      operations: ['create_definition a 1.1.0'],
      issues: [],
      notes: ['Version 1.0.0 is left out: mcp_definitions[0].versions[0].config.url: is bad'],
    });
  });

  it('tells what differs in what the latest says', () => {
    const [change] = plan(component([v1]), component([v1, v2])).changes;
    expect(change?.differences).toEqual([
      { path: 'latest_version', op: 'changed', before: '1.0.0', after: '1.1.0' },
      { path: 'config.url', op: 'changed', before: 'x', after: 'y' },
    ]);
  });

  describe('where conflicts become new versions', () => {
    const merge = { conflicts: 'new_version' } as const;

    it('adds the latest after the greatest', () => {
      const planned = plan(component([v1]), component([['1.0.0', 'other']]), merge);
      expect(tell(planned)).toMatchObject({ actions: ['update'], operations: ['add_version a 1.1.0'] });
    });

    it('changes nothing the second time', () => {
      const after = component([v1, ['1.1.0', 'other']]);
      expect(tell(plan(after, component([['1.0.0', 'other']]), merge))).toMatchObject({
        actions: ['unchanged'],
        operations: [],
      });
    });
  });
});

describe('the plan for things that refer to each other', () => {
  it('comes in the order in which they can be made', () => {
    const wanted = {
      workflow_definitions: [
        workflow('outer', { workflow_definition: 'inner', version: '1.0.0' }),
        workflow('inner', { mcp_definition: 'a' }),
      ],
      ...component([['1.0.0', 'x']]),
      toolsets: [{ name: 't', members: [{ workflow_definition: 'outer' }] }],
      schedules: [{ name: 's', workflow_definition: 'outer', cron: '* * * * *' }],
    };
    expect(tell(plan({}, wanted)).operations).toEqual([
      'create_definition a 1.0.0',
      'create_definition inner 1.0.0',
      'create_definition outer 1.0.0',
      'create_settings t',
      'create_settings s',
    ]);
  });

  it.each<[string, object, string]>([
    [
      'a component that there is not',
      { workflow_definitions: [workflow('w', { mcp_definition: 'nobody' })] },
      'workflow_definitions[0].versions[0].spec.steps[0].uses.mcp_definition',
    ],
    [
      'a version that it has not',
      {
        ...component([['1.0.0', 'x']]),
        workflow_definitions: [workflow('w', { mcp_definition: 'a', version: '9.0.0' })],
      },
      'workflow_definitions[0].versions[0].spec.steps[0].uses.mcp_definition',
    ],
    [
      'the id of something that is gone',
      {
        workflow_definitions: [workflow('w', { mcp_definition_id: '018f9d2c-0000-7000-8000-000000000000' })],
      },
      'workflow_definitions[0].versions[0].spec.steps[0].uses.mcp_definition_id',
    ],
    [
      'itself',
      { workflow_definitions: [workflow('w', { workflow_definition: 'w' })] },
      'workflow_definitions[0].versions[0]',
    ],
    [
      'a workflow that there is not, from a schedule',
      { schedules: [{ name: 's', workflow_definition: 'nobody', cron: '* * * * *' }] },
      'schedules[0].workflow_definition',
    ],
    [
      'a database that there is not',
      {
        mcp_definitions: [
          {
            name: 'q',
            mcp_type: 'sql_query',
            versions: [{ version: '1.0.0', config: { type: 'sql_query', external_db_config: 'nobody' } }],
          },
        ],
      },
      'mcp_definitions[0].versions[0].config.external_db_config',
    ],
  ])('is a conflict for %s', (_case, wanted, path) => {
    expect(tell(plan({}, wanted)).issues).toEqual([path]);
  });

  it('takes what is here for what the document leaves out', () => {
    const wanted = { workflow_definitions: [workflow('w', { mcp_definition: 'a', version: '1.0.0' })] };
    expect(tell(plan(component([['1.0.0', 'x']]), wanted)).actions).toEqual(['create']);
  });
});

describe('the plan for settings', () => {
  const database = { name: 'd', db_type: 'postgresql', host: 'a', db_name: 'x', username: 'u' };
  const hook = { name: 'h', workflow_definition: 'w' };
  const here = { workflow_definitions: [workflow('w', { builtin: 'set' })] };

  it('replaces what differs, and nothing else', () => {
    const planned = plan(
      { toolsets: [{ name: 't', mode: 'list', deny: ['x'] }] },
      { toolsets: [{ name: 't', mode: 'search' }] },
    );
    expect(planned.changes[0]).toMatchObject({
      action: 'update',
      differences: [{ path: 'mode', op: 'changed', before: 'list', after: 'search' }],
    });
    expect(planned.operations).toMatchObject([{ kind: 'update_settings', settings: { mode: 'search' } }]);
  });

  it('never sends a stored password elsewhere', () => {
    const planned = plan(
      { external_db_configs: [database] },
      { external_db_configs: [{ ...database, host: 'b' }] },
    );
    expect(tell(planned)).toMatchObject({ actions: ['conflict'], issues: ['external_db_configs[0].host'] });
  });

  it('tells that a new database has no password', () => {
    expect(tell(plan({}, { external_db_configs: [database] })).notes).toEqual([
      'It has no password yet: set it by PUT',
    ]);
  });

  it('leaves a signed webhook to whoever knows its secret, rather than make it open', () => {
    const signed = { ...hook, signature: { header: 'X-Signature' } };
    expect(tell(plan(here, { webhooks: [signed] }))).toMatchObject({ actions: ['skip'], operations: [] });
    expect(tell(plan({ ...here, webhooks: [hook] }, { webhooks: [signed] })).actions).toEqual(['skip']);
    expect(tell(plan({ ...here, webhooks: [signed] }, { webhooks: [signed] })).actions).toEqual([
      'unchanged',
    ]);
  });
});

describe('the plan for secrets', () => {
  it('tells which are missing, whether they are listed or referred to', () => {
    const wanted = {
      secrets: [{ name: 'LISTED' }, { name: 'HERE' }],
      ...component([['1.0.0', '${{ secrets.USED }}']]),
    };
    expect(plan({ secrets: [{ name: 'HERE' }] }, wanted).missingSecrets).toEqual(['LISTED', 'USED']);
  });

  it('makes new ones first, and keeps the value of one that is here', () => {
    const newSecrets = [
      { name: 'NEW', value: 'value-of-new', path: 'x' },
      { name: 'HERE', value: 'another-value', path: 'y' },
    ];
    const planned = plan({ secrets: [{ name: 'HERE' }] }, component([['1.0.0', '${{ secrets.NEW }}']]), {
      newSecrets,
    });
    expect(tell(planned)).toMatchObject({
      actions: ['create', 'unchanged', 'create'],
      operations: ['create_secret NEW', 'create_definition a 1.0.0'],
    });
    expect(JSON.stringify(planned.changes)).not.toContain('value-of-new');
  });
});

it('plans nothing for an empty document', () => {
  expect(
    planImport({
      here: EMPTY_CONFIGURATION,
      wanted: EMPTY_CONFIGURATION,
      newSecrets: [],
      conflicts: 'refuse',
      checks,
    }),
  ).toEqual({
    changes: [],
    operations: [],
    missingSecrets: [],
  });
});
