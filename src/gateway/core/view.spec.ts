import type { Tool } from '@modelcontextprotocol/server';

import type { Catalogue, RegisteredComponent, RegisteredWorkflow, Registry, Selection } from './registry';
import { EVERYTHING } from './registry';
import { buildView, type View } from './view';

const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  inputSchema: { type: 'object' },
  ...more,
});

function component(n: number, name: string, more: Partial<RegisteredComponent> = {}): RegisteredComponent {
  return {
    definitionId: `id-${n}`,
    versionId: `version-${n}`,
    version: '1.0.0',
    isLatest: true,
    name,
    description: '',
    mcpType: 'mcp_server',
    config: {},
    inputSchema: null,
    outputSchema: null,
    ...more,
  };
}

function workflow(n: number, name: string, more: Partial<RegisteredWorkflow> = {}): RegisteredWorkflow {
  return {
    definitionId: `id-${n}`,
    versionId: `version-${n}`,
    version: '1.0.0',
    isLatest: true,
    name,
    description: '',
    exposeAsTool: true,
    parametersSchema: null,
    stepCount: 1,
    ...more,
  };
}

function catalogue(more: Partial<Catalogue>): Catalogue {
  return { tools: [], prompts: [], resources: [], resourceTemplates: [], ...more };
}

const REGISTRY: Registry = {
  components: [
    component(1, 'github'),
    component(3, 'weather', { mcpType: 'http_request', description: 'Of tomorrow' }),
    component(3, 'weather', { mcpType: 'http_request', version: '2.0.0', versionId: 'v', isLatest: false }),
  ],
  workflows: [
    workflow(2, 'nightly report', { parametersSchema: { required: ['day'], properties: { day: {} } } }),
    workflow(4, 'internal', { exposeAsTool: false }),
  ],
};
const CATALOGUES = new Map([
  [
    'version-1',
    catalogue({
      tools: [tool('search', { execution: { taskSupport: 'optional' } }), tool('delete_repo')],
      prompts: [{ name: 'review' }],
      resources: [{ name: 'a', uri: 'repo://a' }],
      resourceTemplates: [{ name: 'b', uriTemplate: 'repo://{b}' }],
    }),
  ],
]);

function view(selection: Partial<Selection> = {}): View {
  return buildView(REGISTRY, CATALOGUES, { ...EVERYTHING, ...selection });
}

/** Names of tools, with where their calls go. */
function routes({ tools }: View): string[] {
  return [...tools.values()].map(({ tool: { name }, route }) => {
    switch (route.kind) {
      case 'upstream':
        return `${name} → ${route.server.component.name}: ${route.tool}`;
      case 'component':
        return `${name} → component ${route.component.version}`;
      case 'workflow':
        return `${name} → workflow ${route.workflow.version}`;
    }
  });
}

const member = (kind: 'mcp_definition' | 'workflow_definition', n: number, more: object = {}) => ({
  kind,
  definitionId: `id-${n}`,
  version: null,
  prefix: null,
  ...more,
});

it.each<[string, Partial<Selection>, string[]]>([
  [
    'everything at its latest, oldest first, without workflows that are not marked',
    {},
    [
      'github__search → github: search',
      'github__delete_repo → github: delete_repo',
      'nightly_report → workflow 1.0.0',
      'weather → component 1.0.0',
    ],
  ],
  [
    'its members in their order, workflows that are not marked too',
    { members: [member('workflow_definition', 4), member('mcp_definition', 3)] },
    ['internal → workflow 1.0.0', 'weather → component 1.0.0'],
  ],
  [
    'the version that a member is pinned to',
    { members: [member('mcp_definition', 3, { version: '2.0.0' })] },
    ['weather → component 2.0.0'],
  ],
  ['nothing of a member that is gone', { members: [member('mcp_definition', 9)] }, []],
  [
    "a server's tools under their own names",
    { members: [member('mcp_definition', 1, { prefix: '' })] },
    ['search → github: search', 'delete_repo → github: delete_repo'],
  ],
  [
    "a server's tools under another name than its own",
    { members: [member('mcp_definition', 1, { prefix: 'code' })] },
    ['code__search → github: search', 'code__delete_repo → github: delete_repo'],
  ],
  [
    'what the rules let in',
    { allow: ['github__*'], deny: ['*delete*'] },
    ['github__search → github: search'],
  ],
])('a view has %s', (_case, selection, expected) => {
  expect(routes(view(selection))).toEqual(expected);
});

it('gives tools of ours schemas with an object at their root, and says what they stand for', () => {
  const { tools } = view();
  expect(tools.get('nightly_report')?.tool).toEqual({
    name: 'nightly_report',
    title: 'nightly report',
    inputSchema: { type: 'object', required: ['day'], properties: { day: {} } },
    _meta: { 'mcp-backend/definition_id': 'id-2', 'mcp-backend/version': '1.0.0' },
  });
  expect(tools.get('weather')?.tool).toMatchObject({
    description: 'Of tomorrow',
    inputSchema: { type: 'object' },
  });
});

it("passes a server's tool as it is, but for its name and its tasks", () => {
  expect(view().tools.get('github__search')?.tool).toEqual({
    name: 'github__search',
    title: 'search',
    inputSchema: { type: 'object' },
  });
});

it('puts servers before their prompts and the addresses of their resources', () => {
  const { prompts, resources, resourceTemplates } = view();
  expect([...prompts.keys()]).toEqual(['github__review']);
  expect(resources.map(({ uri }) => uri)).toEqual(['github+repo://a']);
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['github+repo://{b}']);
});

it('shows nothing of a server whose catalogue is not known, and the rest all the same', () => {
  expect(routes(buildView(REGISTRY, new Map(), EVERYTHING))).toEqual([
    'nightly_report → workflow 1.0.0',
    'weather → component 1.0.0',
  ]);
});
