import fc, { type Arbitrary } from 'fast-check';

import type { Hint } from './schema-arbitrary';

/** Ids of what exists, by the path of its collection. */
export type KnownIds = Readonly<Record<string, readonly string[]>>;

export const COLLECTIONS = {
  components: '/api/v1/mcp-definitions',
  workflows: '/api/v1/workflow-definitions',
  databases: '/api/v1/external-db-configs',
  toolsets: '/api/v1/toolsets',
} as const;

const word = fc.string({
  unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz')),
  minLength: 1,
  maxLength: 12,
});
/** Long enough that two never meet in a run. */
const name = fc
  .string({
    unit: fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789 -é')),
    minLength: 16,
    maxLength: 60,
  })
  .map((text) => `n${text}z`);
const pageAddress = word.map((path) => `https://example.com/${path}`);
const header = fc.dictionary(
  word.map((text) => `x-${text}`),
  word,
  { maxKeys: 3, noNullPrototype: true },
);
const future = fc
  .date({ min: new Date('2040-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const schema = fc.constantFrom<unknown>(
  true,
  {},
  { type: 'object' },
  { type: 'object', properties: { a: { type: 'number' } } },
);

const secretName = fc.uuid().map((id) => `S_${id.replaceAll('-', '')}`);

/** A call with any inputs is to be taken. */
const dataSchema = fc.constantFrom<unknown>(null, {}, { type: 'object' });

/** Steps that run at once and wherever: nothing outside is called, whoever starts such a workflow. */
const steps = fc.uniqueArray(word, { minLength: 1, maxLength: 4 }).map((ids) =>
  ids.map((id, index) => ({
    id: `s_${id}`,
    uses: { builtin: 'set' },
    inputs: index === 0 ? { n: 1 } : { before: `\${{ steps.s_${ids[index - 1] ?? ''}.output }}` },
  })),
);

/** What the domain asks of a property beyond its schema, for requests that must be accepted. */
const BY_NAME: Readonly<Record<string, Arbitrary<unknown>>> = {
  name,
  labels: fc.dictionary(word, word, { maxKeys: 3, noNullPrototype: true }),
  url: pageAddress,
  headers: header,
  query: header,
  body: fc.constantFrom<unknown>('text', { a: 1 }, [1, 2]),
  env: fc.dictionary(
    word.map((text) => text.toUpperCase()),
    word,
    { maxKeys: 3, noNullPrototype: true },
  ),
  pagination: fc.constantFrom<unknown>({ by: 'link_header' }, { by: 'page_number', parameter: 'page' }),
  sql: fc.constantFrom('SELECT 1', 'SELECT 1 AS one'),
  code: fc.constantFrom('export default (inputs) => inputs;', 'export default () => 1;'),
  expires_at: future,
  parameters_schema: schema,
  input_schema: dataSchema,
  output_schema: dataSchema,
  parameters: fc.constant({}),
  steps,
  on_failure: fc.constantFrom([], [{ id: 'tell', uses: { builtin: 'set' }, inputs: { told: true } }]),
  from_step: fc.constant('first'),
  relationship: fc.constant('has_version'),
  against: fc.constant('1.0.0'),
  concurrency: fc.constantFrom<unknown>(
    { key: 'params.?a.orValue("none")' },
    { key: '"all"', max: 2, on_conflict: 'reject' },
  ),
  signature: fc.constant({ secret: 'a-secret-of-some-length' }),
  cron: fc.constantFrom('30 6 * * MON-FRI', '0 3 1 * *', '*/5 * * * *'),
  time_zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Chatham'),
  result: fc.constantFrom<unknown>('done', 1, { ok: true }),
};

/**
 * Hints for the properties of our bodies.
 *
 * @param isNew whether the request makes a definition: a change keeps its type and goes on with the next version
 */
export function domainHints(known: KnownIds, isNew: boolean): Hint {
  const ofExisting: Readonly<Record<string, string>> = {
    mcp_definition_id: COLLECTIONS.components,
    workflow_definition_id: COLLECTIONS.workflows,
    external_db_config_id: COLLECTIONS.databases,
  };
  return (property, siblings) => {
    const ids = known[ofExisting[property] ?? ''];
    if (ids !== undefined && ids.length > 0) return fc.constantFrom(...ids);
    // A toolset's name is part of an address: its schema's pattern says all.
    if (property === 'name' && 'members' in siblings) return null;
    // The same for a secret's.
    if (property === 'name' && 'value' in siblings) return secretName;
    if (property === 'version' && ('prefix' in siblings || 'wait_seconds' in siblings))
      return fc.constant(undefined);
    // A document of a whole configuration names things, and what it refers to need not be there.
    if ('format_version' in siblings) return null;
    // A server.json has patterns and lists where our bodies have names and objects.
    if (property === 'name' && 'remotes' in siblings) return null;
    if (property === 'headers' && 'variables' in siblings) return null;
    if (property === 'signature' && 'workflow_definition' in siblings) return null;
    // Names of toolsets are made up for each run.
    if (property === 'toolset') return fc.constant(undefined);
    if (property === 'toolsets') return fc.constant(known[COLLECTIONS.toolsets]?.slice(0, 1));
    if (property === 'members') return fc.constantFrom(...membersOf(known));
    if (property === 'version' && !('mcp_definition_id' in siblings)) {
      return isNew ? fc.constantFrom('0.1.0', '1.0.0', '2.10.3') : fc.constant(undefined);
    }
    // The components are of a type without tools.
    if (property === 'tool' && 'wait_seconds' in siblings) return fc.constant(undefined);
    // A cursor is what an answer gave; no other text is one.
    if (property === 'after' && isText(siblings['after'])) return fc.constant(undefined);
    // No request without a method carries a body, and GET is the method of most.
    if (property === 'body' && 'method' in siblings) return fc.constant(undefined);
    if (property === 'config' && isNew) return fc.constantFrom(...configsOf(known));
    if (property === 'config') {
      return pageAddress.map((url) => ({ type: 'http_request', url }));
    }
    return BY_NAME[property] ?? null;
  };
}

/**
 * Configurations that are to be taken. What a type asks for depends on its other fields in ways that no schema says;
 * types that need a sandbox are left out, since not every machine has one.
 */
function configsOf(known: KnownIds): unknown[] {
  const [database] = known[COLLECTIONS.databases] ?? [];
  const url = 'https://example.com/';
  return [
    { type: 'http_request', url },
    { type: 'http_request', url, method: 'POST', headers: { 'x-a': 'b' }, body: { a: 1 }, max_bytes: 1000 },
    {
      type: 'http_request',
      url,
      query: { page: [1, 'two'] },
      expect_status: [200, 404],
      timeout_seconds: 1.5,
    },
    { type: 'http_request', url, pagination: { by: 'link_header' } },
    { type: 'mcp_server', transport: 'streamable_http', url, allow_tools: ['a'], timeout_seconds: 5 },
    { type: 'mcp_server', transport: 'sse', url, headers: { 'x-a': 'b' } },
    { type: 'mcp_server', transport: 'stdio', command: 'node', args: ['-v'], env: { A: 'b' } },
    { type: 'typescript_script', code: 'export default (inputs) => inputs;', timeout_seconds: 1 },
    { type: 'llm_prompt', provider: 'openai', model: 'm', api_key: 'a-key', prompt: 'Say ${{ inputs.a }}' },
    {
      type: 'llm_prompt',
      provider: 'openai_compatible',
      base_url: url,
      model: 'm',
      prompt: 'Hi',
      max_turns: 2,
    },
    ...(database === undefined
      ? []
      : [{ type: 'sql_query', external_db_config_id: database, sql: 'SELECT :a AS a', max_rows: 10 }]),
  ];
}

/** Members of a toolset: everything, nothing, one of each kind. */
function membersOf(known: KnownIds): unknown[] {
  const [component] = known[COLLECTIONS.components] ?? [];
  const [workflow] = known[COLLECTIONS.workflows] ?? [];
  return [
    null,
    [],
    ...(component === undefined ? [] : [[{ mcp_definition_id: component }]]),
    ...(workflow === undefined ? [] : [[{ workflow_definition_id: workflow }]]),
  ];
}

function isText(schema: unknown): boolean {
  return (schema as { type?: unknown } | undefined)?.type === 'string';
}
