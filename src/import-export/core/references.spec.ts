import type { JsonObject } from '../../engine/core/json';
import type { SettingsSection, VersionedSection } from './configuration-document';
import { namedReferences, strayIds, withIds, withNames } from './references';

const ID = '018f9d2c-0000-7000-8000-000000000001';
const GONE = '018f9d2c-0000-7000-8000-000000000002';
const nameOf = (_section: string, id: string): string | null => (id === ID ? 'thing' : null);
const idOf = (): string => ID;

it.each<[VersionedSection | SettingsSection, JsonObject, JsonObject, string]>([
  [
    'mcp_definitions',
    { config: { type: 'sql_query', external_db_config_id: ID, sql: 'x' }, input_schema: null },
    { config: { type: 'sql_query', external_db_config: 'thing', sql: 'x' }, input_schema: null },
    'config.external_db_config',
  ],
  [
    'mcp_definitions',
    { config: { type: 'llm_prompt', tools: [{ mcp_definition_id: ID, version: '1.0.0' }] } },
    { config: { type: 'llm_prompt', tools: [{ mcp_definition: 'thing', version: '1.0.0' }] } },
    'config.tools[0].mcp_definition',
  ],
  [
    'workflow_definitions',
    { steps: [{ id: 'a', uses: { mcp_definition_id: ID, tool: 't' } }] },
    { steps: [{ id: 'a', uses: { mcp_definition: 'thing', tool: 't' } }] },
    'steps[0].uses.mcp_definition',
  ],
  [
    'workflow_definitions',
    { steps: [], on_failure: [{ id: 'b', uses: { workflow_definition_id: ID } }] },
    { steps: [], on_failure: [{ id: 'b', uses: { workflow_definition: 'thing' } }] },
    'on_failure[0].uses.workflow_definition',
  ],
  [
    'toolsets',
    { members: [{ workflow_definition_id: ID }] },
    { members: [{ workflow_definition: 'thing' }] },
    'members[0].workflow_definition',
  ],
  [
    'schedules',
    { workflow_definition_id: ID, cron: 'x' },
    { workflow_definition: 'thing', cron: 'x' },
    'workflow_definition',
  ],
])('of %s are written by name and read by id', (section, ids, names, path) => {
  const named = withNames(section, ids, nameOf);
  expect(named).toEqual(names);
  expect(JSON.stringify(named)).toBe(JSON.stringify(names));
  expect(withIds(section, named, idOf)).toEqual(ids);
  expect(namedReferences(section, named)).toMatchObject([{ name: 'thing', path }]);
  expect(strayIds(section, named)).toEqual([]);
});

it('leaves the id of what is gone, and tells where it stands', () => {
  const spec = { steps: [{ id: 'a', uses: { mcp_definition_id: GONE } }] };
  expect(withNames('workflow_definitions', spec, nameOf)).toEqual(spec);
  expect(strayIds('workflow_definitions', spec)).toEqual(['steps[0].uses.mcp_definition_id']);
});

it.each<[VersionedSection | SettingsSection, JsonObject]>([
  ['mcp_definitions', { config: 'text' }],
  ['mcp_definitions', { config: { type: 'llm_prompt', tools: 'x' } }],
  ['mcp_definitions', { config: { type: 'http_request', body: { mcp_definition_id: ID } } }],
  ['workflow_definitions', { steps: [1, { uses: [] }], on_failure: {} }],
  ['toolsets', { members: null }],
  ['external_db_configs', { mcp_definition_id: ID }],
])('finds none in other places of %s', (section, value) => {
  expect(withNames(section, value, nameOf)).toEqual(value);
});
