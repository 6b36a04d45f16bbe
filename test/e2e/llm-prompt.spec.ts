import { Cluster } from '../support/cluster';
import { eventually } from '../support/eventually';
import { LlmProvider } from '../support/llm-provider/llm-provider';
import { readStream, type StreamEvent } from '../support/sse-client';

const KEY = 'sk-ant-0123456789abcdef';

interface Usage {
  readonly input_tokens: number;
  readonly total_tokens: number;
  readonly cost: { readonly amount: number; readonly currency: string } | null;
}

interface Steps {
  readonly items: readonly {
    readonly status: string;
    readonly output: { readonly text: string; readonly tool_calls: readonly object[] } | null;
    readonly usage: Usage | null;
    readonly attempts: readonly { readonly usage: Usage | null }[];
  }[];
}

/** The API and the worker are processes of their own; the provider is a server on this machine. */
describe('a workflow that asks a model', () => {
  let provider: LlmProvider;
  let cluster: Cluster;
  let toolId: string;
  let promptId: string;

  beforeAll(async () => {
    provider = await LlmProvider.start();
    cluster = await Cluster.start(1);
    toolId = await cluster.client.createComponent({
      type: 'typescript_script',
      code: 'export default ({ city }) => `It rains in ${city}`;',
    });
    const secret = { name: 'MODEL_KEY', value: KEY };
    expect((await cluster.client.rest.post('/secrets', secret)).status).toBe(201);
    promptId = await cluster.client.createComponent({
      type: 'llm_prompt',
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      base_url: provider.url,
      api_key: '${{ secrets.MODEL_KEY }}',
      prompt: 'What is the weather in ${{ inputs.city }}?',
      tools: [{ mcp_definition_id: toolId, name: 'weather' }],
      price: { input_per_million: 10, output_per_million: 20 },
    });
  });

  afterAll(async () => {
    await cluster.close();
    await provider.close();
  });

  beforeEach(() => {
    provider.reset();
  });

  async function start(retry: object = {}): Promise<string> {
    const workflowId = await cluster.client.createWorkflow({
      steps: [
        {
          id: 'ask',
          uses: { mcp_definition_id: promptId },
          inputs: { city: '${{ params.city }}' },
          ...retry,
        },
      ],
    });
    return cluster.client.start(workflowId, { city: 'Bergen' });
  }

  it('lets it call a registered component, and shows what that took', async () => {
    provider.willSay(
      {
        calls: [{ id: 'c1', name: 'weather', args: { city: 'Bergen' } }],
        inputTokens: 100,
        outputTokens: 10,
      },
      { text: ['Rain', '.'], inputTokens: 150, outputTokens: 5 },
    );
    const runId = await start();
    await eventually(async () => (await cluster.client.get(runId)).status === 'succeeded');
    const { body } = await cluster.client.rest.get<Steps>(`/workflow-runs/${runId}/steps`);
    const usage = {
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      input_tokens: 250,
      output_tokens: 15,
      total_tokens: 265,
      cost: { amount: 0.0028, currency: 'USD' },
    };
    expect(body.items).toMatchObject([
      {
        output: { text: 'Rain.', tool_calls: [{ name: 'weather', status: 'succeeded' }], turns: 2 },
        usage,
        attempts: [{ usage }],
      },
    ]);
    expect(JSON.stringify(provider.requests[1]?.body)).toContain('It rains in Bergen');
    expect(provider.requests[0]?.headers['x-api-key']).toBe(KEY);
  });

  it('lets it call the version that its tool had when the run started, and on a rerun too', async () => {
    const { client } = cluster;
    const config = { type: 'typescript_script', code: 'export default () => "It never rains";' };
    const workflowId = await client.createWorkflow({
      steps: [
        { id: 'wait', uses: { builtin: 'signal' } },
        { id: 'ask', needs: ['wait'], uses: { mcp_definition_id: promptId }, inputs: { city: 'Bergen' } },
      ],
    });
    const runId = await client.start(workflowId);
    await eventually(async () => (await client.get(runId)).status === 'waiting');
    await client.rest.put(`/mcp-definitions/${toolId}`, { config });
    const asked = { calls: [{ id: 'c1', name: 'weather', args: { city: 'Bergen' } }] };
    provider.willSay(asked, { text: ['Rain.'] });
    await client.rest.post(`/workflow-runs/${runId}/signals/wait`, {});
    expect(await client.ended(runId)).toMatchObject({ status: 'succeeded' });
    expect(JSON.stringify(provider.requests[1]?.body)).toContain('It rains in Bergen');

    provider.reset();
    provider.willSay(asked, { text: ['Rain.'] });
    const rerun = await client.rest.post<{ id: string }>(`/workflow-runs/${runId}/rerun`, {
      from_step: 'ask',
    });
    expect(await client.ended(rerun.body.id)).toMatchObject({ status: 'succeeded' });
    expect(JSON.stringify(provider.requests[1]?.body)).toContain('It rains in Bergen');

    provider.reset();
    provider.willSay(asked, { text: ['Sun.'] });
    expect(await client.ended(await start())).toMatchObject({ status: 'succeeded' });
    expect(JSON.stringify(provider.requests[1]?.body)).toContain('It never rains');
    await client.rest.post(`/mcp-definitions/${toolId}/versions/1.0.0/make-latest`);
  });

  it('shows the key to nobody, even when the model says it a piece at a time', async () => {
    provider.willSay({ text: ['The key is ', KEY.slice(0, 9), KEY.slice(9), ', they say.'] });
    const runId = await start();
    const events: StreamEvent[] = [];
    await readStream(cluster.baseUrl, cluster.apiKey, runId, 0, (event) => events.push(event) > 0);
    const { body } = await cluster.client.rest.get<Steps>(`/workflow-runs/${runId}/steps`);
    expect(body.items[0]?.output?.text).toMatch(/^The key is .*, they say\.$/);
    for (const shown of [JSON.stringify(events), JSON.stringify(body)]) {
      expect(shown).not.toContain(KEY);
      expect(shown).not.toContain(KEY.slice(9));
    }
  });

  it('streams the text to whoever follows the run on another process', async () => {
    provider.willSay(
      { answer: { text: ['Once', ' upon', ' a', ' time'] }, stallAfter: 5 },
      { text: ['The end.'] },
    );
    const runId = await start({ retry: { max_attempts: 2, initial_ms: 10 } });
    const events: StreamEvent[] = [];
    await readStream(cluster.baseUrl, cluster.apiKey, runId, 0, (event) => {
      events.push(event);
      const { partial, preview } = event.data as { partial?: boolean; preview?: string };
      // The first attempt stands still until then; the second one has the answer.
      if (partial === true && preview?.startsWith('Once') === true) provider.cutStalled();
      return true;
    });
    const numbered = events.filter(({ seq }) => !Number.isNaN(seq));
    expect(numbered.map(({ seq }) => seq)).toEqual(numbered.map((_event, index) => index + 1));
    const partial = events.filter(({ data }) => 'partial' in data);
    expect(partial[0]).toMatchObject({
      type: 'result_preview',
      data: { run_id: runId, step_id: 'ask', attempt: 1, partial: true, truncated: false },
    });
    expect(numbered.at(-1)?.data).toMatchObject({ status: 'succeeded', terminal: true });
  });

  it('keeps a component that a prompt offers from being deleted', async () => {
    const { status, body } = await cluster.client.rest.send('DELETE', `/mcp-definitions/${toolId}`);
    expect([status, body]).toMatchObject([409, { code: 'CONFLICT' }]);
    expect(JSON.stringify(body)).toContain(promptId);
  });
});
