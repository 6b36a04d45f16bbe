import type { JsonObject } from '../../engine/core/json';
import { readDocument } from './read-document';
import { writeDocument } from './write-document';

const HEAD = { format: 'mcp-backend/configuration', format_version: 1 };
const spec = { steps: [] };
const config = { type: 'http_request' };

const whole: JsonObject = {
  ...HEAD,
  secrets: [{ name: 'KEY', description: 'of the CRM' }],
  external_db_configs: [{ name: 'sales', db_type: 'sqlite', db_name: 'sales.db' }],
  mcp_definitions: [
    {
      name: 'get',
      mcp_type: 'http_request',
      description: '',
      labels: { team: 'ops' },
      latest_version: '1.0.0',
      versions: [
        { version: '1.0.0', config, input_schema: null, output_schema: null },
        { version: '1.10.0', config, input_schema: { type: 'object' }, output_schema: null },
      ],
    },
  ],
  workflow_definitions: [
    { name: 'w', expose_as_tool: true, latest_version: '2.0.0', versions: [{ version: '2.0.0', spec }] },
  ],
  toolsets: [{ name: 't', members: null }],
  schedules: [{ name: 's', workflow_definition: 'w', cron: '* * * * *' }],
  webhooks: [{ name: 'h', workflow_definition: 'w', signature: null }],
};

it('reads what it writes', () => {
  const read = readDocument(whole);
  expect(read.ok && writeDocument(read.value)).toEqual(whole);
});

it('takes the greatest version for the latest when none is named', () => {
  const read = readDocument({
    ...HEAD,
    workflow_definitions: [
      {
        name: 'w',
        versions: [
          { version: '1.0.0', spec },
          { version: '1.2.0', spec },
        ],
      },
    ],
  });
  expect(read.ok && read.value.versioned.workflow_definitions[0]?.latest).toBe('1.2.0');
});

it.each<[string, JsonObject, string]>([
  ['another format', { ...HEAD, format: 'other' }, 'format'],
  ['a later format version', { ...HEAD, format_version: 2 }, 'format_version'],
  ['nothing', {}, 'format'],
  ['an unknown part', { ...HEAD, tools: [] }, ''],
  ['an unknown field', { ...HEAD, toolsets: [{ name: 't', mood: 'x' }] }, 'toolsets[0]'],
  ['an entry without a name', { ...HEAD, toolsets: [{}] }, 'toolsets[0]'],
  ['a name twice', { ...HEAD, toolsets: [{ name: 't' }, { name: 't' }] }, 'toolsets[1].name'],
  [
    'versions that do not grow',
    {
      ...HEAD,
      workflow_definitions: [
        {
          name: 'w',
          versions: [
            { version: '1.10.0', spec },
            { version: '1.9.0', spec },
          ],
        },
      ],
    },
    'workflow_definitions[0].versions[1].version',
  ],
  [
    'a latest version that is none of them',
    {
      ...HEAD,
      workflow_definitions: [{ name: 'w', latest_version: '2.0.0', versions: [{ version: '1.0.0', spec }] }],
    },
    'workflow_definitions[0].latest_version',
  ],
  [
    'no version',
    { ...HEAD, workflow_definitions: [{ name: 'w', versions: [] }] },
    'workflow_definitions[0].versions',
  ],
])('refuses %s, and says where', (_case, document, path) => {
  const read = readDocument(document);
  expect(read.ok ? 'read' : read.error.map((issue) => issue.path)).toContainEqual(
    expect.stringContaining(path),
  );
});
