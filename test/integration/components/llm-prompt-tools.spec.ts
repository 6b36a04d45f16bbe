import { ComponentRegistry } from '../../../src/components/component-registry';
import { createComponentTypes } from '../../../src/components/component-types';
import { McpUpstreams } from '../../../src/components/mcp-server/mcp-upstreams';
import type { StoredComponent } from '../../../src/components/stored-components';
import type { AppError } from '../../../src/common/errors/app-error';
import type { JsonObject } from '../../../src/engine/core/json';
import { EgressGuard } from '../../../src/security/egress/egress-guard';
import { LlmProvider } from '../../support/llm-provider/llm-provider';
import { bareLauncher } from '../../support/bare-launcher';
import { unreachableWorld } from '../../support/unreachable-world';
import { ComponentHarness } from './component-harness';

const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');

const ADDER = '018f9d2c-7f3a-7c11-9a55-000000000001';
const SERVER = '018f9d2c-7f3a-7c11-9a55-000000000002';
const PROMPT = '018f9d2c-7f3a-7c11-9a55-000000000003';
const NOWHERE = '018f9d2c-7f3a-7c11-9a55-000000000009';

const numbers = {
  type: 'object',
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
};

function stored(
  definitionId: string,
  config: JsonObject,
  more: Partial<StoredComponent> = {},
): StoredComponent {
  return {
    definitionId,
    versionId: `${definitionId}-1.0.0`,
    name: 'My component',
    description: 'Does something.',
    mcpType: config.type as string,
    config,
    inputSchema: null,
    outputSchema: null,
    ...more,
  };
}

const REGISTERED = new Map(
  [
    stored(
      ADDER,
      {
        type: 'typescript_script',
        code: `export default ({ a, b }) => {
          console.log('adding', a, b);
          if (a === 13) throw new Error('unlucky');
          return a === 0 ? 'x'.repeat(300_000) : { sum: a + b };
        }`,
      },
      { name: 'Add numbers!', description: 'Adds two numbers.', inputSchema: numbers },
    ),
    stored(
      SERVER,
      { type: 'mcp_server', transport: 'stdio', command: process.execPath, args: [EVERYTHING, 'stdio'] },
      { name: 'everything' },
    ),
    stored(PROMPT, { type: 'llm_prompt', provider: 'openai', model: 'm', api_key: 'k', prompt: 'Hi' }),
  ].map((component) => [component.definitionId, component]),
);

describe('the tools of llm_prompt', () => {
  const guard = new EgressGuard(['loopback']);
  const upstreams = new McpUpstreams({ launcher: bareLauncher, egress: guard, version: '0' });
  const registry: ComponentRegistry = new ComponentRegistry(
    createComponentTypes({
      ...unreachableWorld(),
      fetch: guard.fetch,
      upstreams,
      components: {
        find: (id, version) => {
          const known = REGISTERED.get(id) ?? null;
          return Promise.resolve(version === null || version === '1.0.0' ? known : null);
        },
        findVersion: (versionId) =>
          Promise.resolve([...REGISTERED.values()].find((one) => one.versionId === versionId) ?? null),
      },
      run: (use, context) => {
        keys.push(use.idempotencyKey);
        return registry.run(use, context);
      },
    }),
  );
  const keys: string[] = [];
  let server: LlmProvider;
  let harness: ComponentHarness;

  beforeAll(async () => {
    server = await LlmProvider.start();
    await registry.prepare();
  });
  beforeEach(() => {
    server.reset();
    keys.length = 0;
    const type = registry.find('llm_prompt');
    if (type === null) throw new Error('no llm_prompt');
    harness = new ComponentHarness(type);
  });
  afterAll(async () => {
    await registry.close();
    await guard.close();
    await server.close();
  });

  const ask = (more: JsonObject, provider = 'openai', model = 'gpt-4.1-mini') =>
    harness.run({ provider, model, base_url: server.url, api_key: 'k', prompt: 'How much is it?', ...more });
  const failure = (work: Promise<unknown>): Promise<AppError> =>
    work.then(
      (value) => {
        throw new Error(`it succeeded with ${JSON.stringify(value)}`);
      },
      (error: unknown) => error as AppError,
    );
  const lines = () => harness.lines.map(({ message }) => message);

  it.each([
    ['openai', 'gpt-4.1-mini'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['google', 'gemini-2.5-flash'],
    ['openai_compatible', 'llama3.2'],
  ])('run when the model of %s asks for them, and their results go back to it', async (provider, model) => {
    server.willSay(
      {
        text: ['Let me add.'],
        calls: [
          { id: 'c1', name: 'Add_numbers_', args: { a: 1, b: 2 } },
          { id: 'c2', name: 'Add_numbers_', args: { a: 20, b: 3 } },
        ],
        inputTokens: 10,
        outputTokens: 4,
      },
      { text: ['It is ', '3 and 23.'], inputTokens: 30, outputTokens: 6 },
    );
    const output = await ask({ tools: [{ mcp_definition_id: ADDER }] }, provider, model);
    expect(output).toMatchObject({
      text: 'It is 3 and 23.',
      finish_reason: 'stop',
      turns: 2,
      usage: { input_tokens: 40, output_tokens: 10, total_tokens: 50 },
      tool_calls: [
        { name: 'Add_numbers_', status: 'succeeded', duration_ms: expect.any(Number) as number },
        { name: 'Add_numbers_', status: 'succeeded', duration_ms: expect.any(Number) as number },
      ],
    });
    expect(lines()).toEqual(
      expect.arrayContaining([
        'The model calls Add_numbers_ with {"a":1,"b":2}',
        'adding 1 2',
        'Add_numbers_ gave {"sum":3}',
        'Add_numbers_ gave {"sum":23}',
      ]),
    );
    expect(harness.usage).toMatchObject({ inputTokens: 40, outputTokens: 10 });
    expect(new Set(keys).size).toBe(2);
    const [first, second] = server.requests.map(({ body }) => JSON.stringify(body));
    expect(first).toContain('Adds two numbers.');
    expect(first).toContain('"required":["a","b"]');
    expect(second).toContain('23');
  });

  it('have the same idempotency key when the step is tried again and calls the same', async () => {
    const call = { id: 'c1', name: 'Add_numbers_', args: { a: 1, b: 2 } };
    for (let attempt = 0; attempt < 2; attempt++) {
      server.willSay({ calls: [call, { ...call, id: 'c2' }] }, { text: ['3'] });
      await ask({ tools: [{ mcp_definition_id: ADDER }] });
    }
    expect(keys.slice(2)).toEqual(keys.slice(0, 2));
    expect(keys[0]).toMatch(/^run-1:step-1:[0-9a-f]{32}:0$/);
    expect(keys[1]).toMatch(/^run-1:step-1:[0-9a-f]{32}:1$/);
  });

  it('tell the model when they fail, and the step goes on', async () => {
    const calls = [
      { id: 'c1', name: 'Add_numbers_', args: { a: 13, b: 1 } },
      { id: 'c2', name: 'Add_numbers_', args: { a: 'one' } },
      { id: 'c3', name: 'Add_numbers_', args: { a: 0, b: 0 } },
      { id: 'c4', name: 'no_such_tool', args: {} },
    ];
    server.willSay({ calls }, { text: ['I could not.'] });
    await expect(ask({ tools: [{ mcp_definition_id: ADDER }] })).resolves.toMatchObject({
      text: 'I could not.',
      tool_calls: Array(3).fill(expect.objectContaining({ status: 'failed' })) as unknown,
    });
    const told = JSON.stringify(server.requests[1]?.body);
    for (const words of ['SCRIPT_ERROR', 'unlucky', 'INVALID_INPUT', 'OUTPUT_TOO_LARGE', 'no_such_tool']) {
      expect(told).toContain(words);
    }
    expect(lines()).toContainEqual(expect.stringMatching(/Add_numbers_ failed: SCRIPT_ERROR: .*unlucky/));
  });

  it("are a server's own, with its descriptions and schemas, one of them or all", async () => {
    server.willSay(
      { calls: [{ id: 'c1', name: 'say', args: { message: 'hello there' } }] },
      { text: ['It said so.'] },
    );
    await expect(
      ask({ tools: [{ mcp_definition_id: SERVER, tool: 'echo', name: 'say' }] }),
    ).resolves.toMatchObject({ tool_calls: [{ name: 'say', status: 'succeeded' }] });
    const [first, second] = server.requests.map(({ body }) => JSON.stringify(body));
    expect(first).toContain('"message"');
    expect(second).toContain('hello there');

    server.willSay({ text: ['Many.'] });
    await ask({ tools: [{ mcp_definition_id: SERVER, name: 'all' }] });
    const offered = server.requests[2]?.body.tools as { name: string }[];
    expect(offered.map(({ name }) => name)).toContain('all_echo');
    expect(offered.length).toBeGreaterThan(5);
  });

  it('are called for max_turns turns and no more', async () => {
    const calls = [{ id: 'c1', name: 'Add_numbers_', args: { a: 1, b: 2 } }];
    server.willSay({ calls }, { calls }, { calls });
    const error = await failure(ask({ tools: [{ mcp_definition_id: ADDER }], max_turns: 3 }));
    expect([error.code, error.message]).toEqual(['TURN_LIMIT', expect.stringContaining('(3)')]);
    expect(server.requests).toHaveLength(3);
    expect(harness.usage).toMatchObject({ inputTokens: 36, outputTokens: 15 });
  });

  it.each<[string, JsonObject[], string, string]>([
    ['are not there', [{ mcp_definition_id: NOWHERE }], 'UNKNOWN_TOOL', 'tools[0]'],
    ['lack the version', [{ mcp_definition_id: ADDER, version: '7.0.0' }], 'UNKNOWN_TOOL', '7.0.0'],
    ['have no tools', [{ mcp_definition_id: ADDER, tool: 'x' }], 'UNKNOWN_TOOL', 'tools[0].tool'],
    ['lack the tool', [{ mcp_definition_id: SERVER, tool: 'x' }], 'UNKNOWN_TOOL', 'tools[0].tool'],
    ['are prompts', [{ mcp_definition_id: PROMPT }], 'UNKNOWN_TOOL', 'llm_prompt'],
    [
      'have one name',
      [{ mcp_definition_id: ADDER }, { mcp_definition_id: ADDER }],
      'INVALID_REQUEST',
      'Add_numbers_',
    ],
  ])('fail the step before the model is asked when they %s', async (_what, tools, code, words) => {
    const error = await failure(ask({ tools }));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)]);
    expect(server.requests).toEqual([]);
  });
});
