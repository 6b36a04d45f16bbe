import { randomUUID } from 'node:crypto';

import type { Client } from '@modelcontextprotocol/client';
import { Client as FirstLineClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as FirstLineTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  PromptListChangedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';

import { eventually } from '../support/eventually';
import { connect, type Era, ERAS, untilListed } from '../support/mcp/clients';
import { startConformanceServer } from '../support/mcp/conformance-server';
import type { McpUpstream } from '../support/mcp/upstream';
import { sendRaw } from '../support/raw-http';
import type { RestClient } from '../support/rest-client';
import { type RunningRest, startRest } from '../support/start-rest';

const addition = {
  parameters_schema: {
    type: 'object',
    required: ['a', 'b'],
    properties: { a: { type: 'number' }, b: { type: 'number' } },
  },
  steps: [
    { id: 'add', uses: { builtin: 'set' }, inputs: { sum: '${{ params.a + params.b }}' } },
    { id: 'tell', uses: { builtin: 'set' }, inputs: '${{ steps.add.output }}' },
  ],
  result: { sum: '${{ steps.add.output.sum }}' },
};

describe('the MCP endpoint', () => {
  let running: RunningRest;
  let rest: RestClient;
  let upstream: McpUpstream;
  let scriptId: string;

  beforeAll(async () => {
    upstream = await startConformanceServer();
    running = await startRest({ env: { EGRESS_ALLOW: 'loopback' } });
    ({ rest } = running);
    await create('/mcp-definitions', {
      name: 'far',
      mcp_type: 'mcp_server',
      config: { type: 'mcp_server', transport: 'streamable_http', url: upstream.url },
    });
    await create('/workflow-definitions', { name: 'add numbers', expose_as_tool: true, ...addition });
    await create('/workflow-definitions', { name: 'hidden', ...addition });
    await create('/mcp-definitions', {
      name: 'count',
      mcp_type: 'typescript_script',
      config: {
        type: 'typescript_script',
        code: 'export default ({ words }) => (words.length === 0 ? "none" : words.length);',
      },
      input_schema: { type: 'object', required: ['words'], properties: { words: { type: 'array' } } },
      output_schema: { type: 'integer' },
    });
    await create('/mcp-definitions', {
      name: 'greeting',
      description: 'Greets somebody',
      mcp_type: 'llm_prompt',
      config: {
        type: 'llm_prompt',
        provider: 'openai_compatible',
        // Nobody listens there.
        base_url: 'http://127.0.0.1:1/',
        model: 'none',
        system_prompt: 'Be ${{ inputs.tone }}.',
        prompt: 'Greet ${{ inputs.who }}!',
      },
      input_schema: {
        type: 'object',
        required: ['who'],
        properties: { who: { type: 'string' }, tone: { type: 'string' } },
      },
    });
    scriptId = await create('/mcp-definitions', {
      name: 'double',
      description: 'Twice n',
      mcp_type: 'typescript_script',
      config: { type: 'typescript_script', code: 'export default ({ n }) => ({ twice: n * 2 });' },
    });
    await withClient('2026-07-28', (client) => untilListed(client, 'far__test_simple_text'));
  });

  afterAll(async () => {
    await running.app.stop();
    await upstream.close();
  });

  async function create(path: string, body: object): Promise<string> {
    const { status, body: made } = await rest.post<{ id: string }>(path, body);
    expect([path, status, made]).toEqual([path, 201, made]);
    return made.id;
  }

  async function makeKey(body: object): Promise<string> {
    return (await rest.post<{ key: string }>('/api-keys', { name: `k-${randomUUID()}`, ...body })).body.key;
  }

  function url(toolset?: string): string {
    return `${running.app.baseUrl}/mcp${toolset === undefined ? '' : `/${toolset}`}`;
  }

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

  async function withClient<Value>(
    era: Era,
    work: (client: Client) => Promise<Value>,
    toolset?: string,
    key = running.key,
  ): Promise<Value> {
    const client = await connect(url(toolset), { era, headers: bearer(key) });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  const names = (things: readonly { name: string }[]): string[] => things.map(({ name }) => name);

  describe.each(ERAS)('for clients of %s', (era) => {
    it('lists the tools of servers, components and exposed workflows', async () => {
      const { tools } = await withClient(era, (client) => client.listTools());
      expect(names(tools)).toEqual(
        expect.arrayContaining([
          'far__test_simple_text',
          'far__test_error_handling',
          'add_numbers',
          'double',
        ]),
      );
      expect(names(tools)).not.toContain('hidden');
      expect(tools.find(({ name }) => name === 'add_numbers')?.inputSchema).toEqual(
        addition.parameters_schema,
      );
    });

    it('calls a tool of a server, and passes its progress and its log', async () => {
      await withClient(era, async (client) => {
        const steps: number[] = [];
        const result = await client.callTool(
          { name: 'far__test_tool_with_progress', arguments: {} },
          { onprogress: ({ progress }) => steps.push(progress) },
        );
        expect(result.content).toEqual([{ type: 'text', text: 'done' }]);
        expect(steps).toEqual([0, 50, 100]);
      });
    });

    it('calls a workflow as a run, with progress for its steps', async () => {
      await withClient(era, async (client) => {
        const steps: unknown[] = [];
        const result = await client.callTool(
          { name: 'add_numbers', arguments: { a: 2, b: 3 } },
          { onprogress: ({ progress, total }) => steps.push([progress, total]) },
        );
        expect(result).toMatchObject({
          content: [{ type: 'text', text: '{"sum":5}' }],
          structuredContent: { sum: 5 },
          _meta: { 'mcp-backend/run_id': expect.any(String) as string },
        });
        expect(steps).toEqual([
          [1, 2],
          [2, 2],
        ]);
        const runId = String(result._meta?.['mcp-backend/run_id']);
        expect((await rest.get(`/workflow-runs/${runId}`)).body).toMatchObject({
          status: 'succeeded',
          labels: { trigger: 'mcp' },
        });
      });
    });

    it('calls a component', async () => {
      const result = await withClient(era, (client) =>
        client.callTool({ name: 'double', arguments: { n: 4 } }),
      );
      expect(result).toMatchObject({ structuredContent: { twice: 8 } });
    });

    it('gives the output of a component as its schema says, whatever that is', async () => {
      await withClient(era, async (client) => {
        const { tools } = await client.listTools();
        expect(tools.find(({ name }) => name === 'count')).toMatchObject({
          inputSchema: { type: 'object', required: ['words'] },
        });
        const result = await client.callTool({ name: 'count', arguments: { words: ['a', 'b'] } });
        // 2025-11-25 knows objects only.
        expect(result.structuredContent).toEqual(era === '2025-11-25' ? { result: 2 } : 2);
        const broken = await client.callTool({ name: 'count', arguments: { words: [] } });
        expect([broken.isError, JSON.stringify(broken.content)]).toEqual([
          true,
          expect.stringContaining('OUTPUT') as string,
        ]);
      });
    });

    it('tells as a result what is wrong with arguments, and as an error that a tool is unknown', async () => {
      await withClient(era, async (client) => {
        const refused = await client.callTool({ name: 'add_numbers', arguments: { a: 'x' } });
        expect(refused.isError).toBe(true);
        expect(JSON.stringify(refused.content)).toMatch(/INVALID_INPUT.*a: .*number/);
        await expect(client.callTool({ name: 'nope', arguments: {} })).rejects.toMatchObject({
          code: -32_602,
        });
      });
    });

    it('passes prompts and resources, under the name of their server', async () => {
      await withClient(era, async (client) => {
        expect(names((await client.listPrompts()).prompts)).toContain('far__test_simple_prompt');
        const prompt = await client.getPrompt({
          name: 'far__test_prompt_with_arguments',
          arguments: { arg1: 'x', arg2: 'y' },
        });
        expect(JSON.stringify(prompt.messages)).toContain("arg1='x', arg2='y'");
        const { resources } = await client.listResources();
        expect(resources.map(({ uri }) => uri)).toContain('far+test://static-text');
        const read = await client.readResource({ uri: 'far+test://template/7/data' });
        expect(read.contents).toMatchObject([{ uri: 'far+test://template/7/data', text: '{"id":"7"}' }]);
        const { content } = await client.callTool({ name: 'far__test_embedded_resource', arguments: {} });
        expect(content).toMatchObject([{ resource: { uri: 'far+test://embedded-resource' } }]);
      });
    });

    it('offers an llm_prompt as a prompt, its templates with the arguments in place, and calls no model', async () => {
      await withClient(era, async (client) => {
        const { prompts } = await client.listPrompts();
        expect(prompts.find(({ name }) => name === 'greeting')).toMatchObject({
          description: 'Greets somebody',
          arguments: [{ name: 'who', required: true }, { name: 'tone' }],
        });
        const { messages } = await client.getPrompt({
          name: 'greeting',
          arguments: { who: 'Ada', tone: 'warm' },
        });
        expect(messages).toEqual([
          { role: 'user', content: { type: 'text', text: 'Be warm.\n\nGreet Ada!' } },
        ]);
        await expect(client.getPrompt({ name: 'greeting', arguments: {} })).rejects.toThrow(
          /Arguments are missing: who/,
        );
      });
    });

    it('completes arguments', async () => {
      const { completion } = await withClient(era, (client) =>
        client.complete({
          ref: { type: 'ref/prompt', name: 'far__test_prompt_with_arguments' },
          argument: { name: 'arg1', value: 'par' },
        }),
      );
      expect(completion.values).toEqual(['paris', 'park']);
    });

    it('shows at the address of a toolset what that selects, and no more', async () => {
      const name = `t-${randomUUID()}`;
      const { body } = await rest.get<{ items: { id: string; name: string }[] }>('/mcp-definitions');
      const far = body.items.find((item) => item.name === 'far')?.id;
      await create('/toolsets', {
        name,
        members: [{ mcp_definition_id: far, prefix: '' }, { mcp_definition_id: scriptId }],
        allow: ['test_simple_*', 'double'],
      });
      await eventually(async () => {
        const answer = await fetch(url(name), { method: 'POST', headers: bearer(running.key) });
        return answer.status !== 404;
      });
      await withClient(
        era,
        async (client) => {
          expect(names((await client.listTools()).tools)).toEqual(['test_simple_text', 'double']);
          const { content } = await client.callTool({ name: 'test_simple_text', arguments: {} });
          expect(content).toMatchObject([{ text: 'This is a simple text response for testing.' }]);
          await expect(client.callTool({ name: 'test_image_content' })).rejects.toThrow(/no tool/);
        },
        name,
      );
    });

    it('finds and calls tools in the mode search', async () => {
      const name = `s-${randomUUID()}`;
      await create('/toolsets', { name, mode: 'search' });
      await eventually(() => withClient(era, () => Promise.resolve(true), name).catch(() => false));
      await withClient(
        era,
        async (client) => {
          expect(names((await client.listTools()).tools)).toEqual(['search_tools', 'call_tool']);
          const found = await client.callTool({ name: 'search_tools', arguments: { query: 'twice' } });
          expect(JSON.stringify(found.content)).toContain('double');
          const result = await client.callTool({
            name: 'call_tool',
            arguments: { name: 'double', arguments: { n: 21 } },
          });
          expect(result).toMatchObject({ structuredContent: { twice: 42 } });
        },
        name,
      );
    });
  });

  it('closes the connection after an answer in a stream where the client wants it closed', async () => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
    const bytes = [
      'POST /mcp HTTP/1.1',
      'Host: localhost',
      `X-Api-Key: ${running.key}`,
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
      `Content-Length: ${body.length}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n');
    // All that comes until the server closes.
    const answer = await sendRaw(running.app.baseUrl, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/content-type: text\/event-stream/i);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  });

  it('serves clients of the first line of the SDK', async () => {
    const client = new FirstLineClient({ name: 'test', version: '1.0.0' });
    await client.connect(
      new FirstLineTransport(new URL(url()), {
        requestInit: { headers: { 'x-api-key': running.key } },
      }),
    );
    const result = await client.callTool({ name: 'double', arguments: { n: 3 } });
    expect(result).toMatchObject({ structuredContent: { twice: 6 } });
    await client.close();
  });

  it('tells listening clients that the lists have changed', async () => {
    await withClient('2026-07-28', async (client) => {
      await client.listTools();
      let changes = 0;
      client.setNotificationHandler('notifications/tools/list_changed', () => {
        changes += 1;
      });
      const subscription = await client.listen({ toolsListChanged: true });
      await create('/workflow-definitions', {
        name: `new ${randomUUID()}`,
        expose_as_tool: true,
        ...addition,
      });
      await eventually(() => changes > 0);
      await subscription.close();
    });
  });

  it('tells clients of the first line that the lists have changed, and of which', async () => {
    const client = new FirstLineClient({ name: 'test', version: '1.0.0' });
    const heard: string[] = [];
    for (const schema of [ToolListChangedNotificationSchema, PromptListChangedNotificationSchema]) {
      client.setNotificationHandler(schema, ({ method }) => {
        heard.push(method);
      });
    }
    await client.connect(
      new FirstLineTransport(new URL(url()), { requestInit: { headers: { 'x-api-key': running.key } } }),
    );
    expect(client.getServerCapabilities()?.tools).toEqual({ listChanged: true });
    await client.listTools();
    // The client asks for its stream in the background.
    await eventually(async () => {
      await create('/workflow-definitions', {
        name: `new ${randomUUID()}`,
        expose_as_tool: true,
        ...addition,
      });
      return heard.length > 0;
    });
    expect(new Set(heard)).toEqual(new Set(['notifications/tools/list_changed']));
    await client.close();
  });

  it('tells clients of 2025-11-25 that the lists have changed', async () => {
    await withClient('2025-11-25', async (client) => {
      await client.listTools();
      let changes = 0;
      client.setNotificationHandler('notifications/tools/list_changed', () => {
        changes += 1;
      });
      await eventually(async () => {
        await create('/workflow-definitions', {
          name: `new ${randomUUID()}`,
          expose_as_tool: true,
          ...addition,
        });
        return changes > 0;
      });
    });
  });

  it('has no stream for GET in 2026-07-28, nor for a request that takes none', async () => {
    const get = (headers: Record<string, string>): Promise<Response> =>
      fetch(url(), { headers: { ...bearer(running.key), ...headers } });
    const newer = await get({ accept: 'text/event-stream', 'mcp-protocol-version': '2026-07-28' });
    expect(newer.status).toBe(405);
    expect((await get({ accept: 'application/json' })).status).toBe(405);
  });

  describe('lets in', () => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };

    function post(
      headers: Record<string, string>,
      body: object = message,
      toolset?: string,
    ): Promise<Response> {
      return fetch(url(toolset), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-11-25',
          ...headers,
        },
        body: JSON.stringify(body),
      });
    }

    it('a key in either header, with the headers of every answer', async () => {
      for (const headers of [bearer(running.key), { 'x-api-key': running.key }]) {
        const answer = await post(headers);
        expect(answer.status).toBe(200);
        expect(answer.headers.get('x-request-id')).toMatch(/./);
        expect(answer.headers.get('x-ratelimit-limit')).toMatch(/\d/);
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      }
    });

    it.each([
      ['nobody without a key', {}, 'Bearer realm="mcp-backend"'],
      [
        'no wrong key',
        { authorization: 'Bearer nonsense' },
        'Bearer realm="mcp-backend", error="invalid_token"',
      ],
    ])('%s', async (_case, headers, challenge) => {
      const answer = await post(headers);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, challenge]);
    });

    it('a key that may only read to lists, not to calls', async () => {
      const headers = bearer(await makeKey({ scopes: ['read'] }));
      expect((await post(headers)).status).toBe(200);
      const call = { ...message, method: 'tools/call', params: { name: 'double', arguments: { n: 1 } } };
      const refused = await post(headers, call);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        403,
        expect.stringContaining('scope="run"') as string,
      ]);
    });

    it('a key that is limited to a toolset there, and nowhere else', async () => {
      const name = `l-${randomUUID()}`;
      const headers = bearer(await makeKey({ toolsets: [await create('/toolsets', { name })] }));
      await eventually(async () => (await post(headers, message, name)).status === 200);
      expect((await post(headers)).status).toBe(403);
      expect((await post(headers, message, 'other')).status).toBe(403);
    });

    it.each([
      ['another host', { host: 'evil.example' }],
      ['a website', { origin: 'https://evil.example' }],
    ])('nobody who was sent by %s', async (_case, headers) => {
      const head = Object.entries({ host: 'localhost', ...bearer(running.key), ...headers })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
      const answer = await sendRaw(
        running.app.baseUrl,
        `GET /mcp HTTP/1.1\r\n${head}connection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1.1 403/);
    });

    it('nobody to a toolset that there is not', async () => {
      expect((await post(bearer(running.key), message, 'nope')).status).toBe(404);
    });
  });
});
