import { LlmPrompt } from '../../../src/components/llm-prompt/llm-prompt';
import type { LlmProvider as ProviderName } from '../../../src/components/llm-prompt/llm-prompt-config';
import { AppError } from '../../../src/common/errors/app-error';
import type { JsonObject } from '../../../src/engine/core/json';
import { EgressGuard } from '../../../src/security/egress/egress-guard';
import { eventually } from '../../support/eventually';
import { LlmProvider } from '../../support/llm-provider/llm-provider';
import { unreachableWorld } from '../../support/unreachable-world';
import { ComponentHarness } from './component-harness';

const KEY = 'sk-test-0123456789abcdef';

/** What differs between the providers on the wire. */
const WIRE: readonly {
  readonly provider: ProviderName;
  readonly model: string;
  readonly path: string;
  readonly key: readonly [header: string, value: string];
  readonly body: object;
  readonly answeredBy: string;
}[] = [
  {
    provider: 'openai',
    model: 'gpt-4.1-mini',
    path: '/v1/responses',
    key: ['authorization', `Bearer ${KEY}`],
    body: {
      stream: true,
      store: false,
      input: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'input_text', text: 'Greet Ada.' }] },
      ],
      temperature: 0.5,
      top_p: 0.9,
      max_output_tokens: 100,
    },
    answeredBy: 'gpt-4.1-mini-2026-01-01',
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    path: '/v1/messages',
    key: ['x-api-key', KEY],
    body: {
      stream: true,
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Greet Ada.' }] }],
      temperature: 0.5,
      max_tokens: 100,
    },
    answeredBy: 'claude-sonnet-4-5-20260101',
  },
  {
    provider: 'google',
    model: 'gemini-2.5-flash',
    path: '/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    key: ['x-goog-api-key', KEY],
    body: {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'Greet Ada.' }] }],
      generationConfig: { temperature: 0.5, topP: 0.9, maxOutputTokens: 100 },
    },
    answeredBy: 'gemini-2.5-flash',
  },
  {
    provider: 'openai_compatible',
    model: 'llama3.2',
    path: '/v1/chat/completions',
    key: ['authorization', `Bearer ${KEY}`],
    body: {
      stream: true,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Greet Ada.' },
      ],
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 100,
    },
    answeredBy: 'llama3.2',
  },
];

describe('llm_prompt', () => {
  const guard = new EgressGuard(['loopback']);
  let server: LlmProvider;
  let harness: ComponentHarness;

  beforeAll(async () => {
    server = await LlmProvider.start();
  });
  beforeEach(() => {
    server.reset();
    harness = new ComponentHarness(new LlmPrompt({ ...unreachableWorld(), fetch: guard.fetch }));
  });
  afterAll(async () => {
    await guard.close();
    await server.close();
  });

  const config = (more: JsonObject = {}, wire = WIRE[0]): JsonObject => ({
    provider: wire?.provider ?? 'openai',
    model: wire?.model ?? '',
    base_url: server.url,
    api_key: KEY,
    prompt: 'Greet ${{ inputs.name }}.',
    ...more,
  });
  const ask = (more: JsonObject = {}, wire = WIRE[0], signal?: AbortSignal) =>
    harness.run(config(more, wire), { inputs: { name: 'Ada' }, ...(signal !== undefined && { signal }) });
  const failure = (work: Promise<unknown>): Promise<AppError> =>
    work.then(
      (value) => {
        throw new Error(`it succeeded with ${JSON.stringify(value)}`);
      },
      (error: unknown) => error as AppError,
    );

  describe.each(WIRE)('over the protocol of $provider', (wire) => {
    it('asks as it is configured, shows the text as it comes, and counts', async () => {
      server.willSay({ text: ['Hello', ', ', 'Ada!'], inputTokens: 20, cachedTokens: 8, outputTokens: 6 });
      const output = await ask(
        {
          system_prompt: 'Be brief.',
          temperature: 0.5,
          ...(wire.provider !== 'anthropic' && { top_p: 0.9 }),
          max_tokens: 100,
          price: {
            input_per_million: 3,
            output_per_million: 15,
            cached_input_per_million: 0.5,
            currency: 'EUR',
          },
        },
        wire,
      );
      expect(output).toEqual({
        text: 'Hello, Ada!',
        finish_reason: 'stop',
        model: wire.answeredBy,
        usage: { input_tokens: 20, output_tokens: 6, total_tokens: 26, cached_input_tokens: 8 },
        cost: { amount: (12 * 3 + 8 * 0.5 + 6 * 15) / 1e6, currency: 'EUR' },
        turns: 1,
      });
      expect(harness.previews).toEqual(['Hello', 'Hello, ', 'Hello, Ada!']);
      expect(harness.usage).toEqual({
        provider: wire.provider,
        model: wire.model,
        inputTokens: 20,
        outputTokens: 6,
        cost: { amount: 0.00013, currency: 'EUR' },
      });
      expect(server.requests).toHaveLength(1);
      const [request] = server.requests;
      expect(request?.path).toBe(wire.path);
      expect(request?.headers[wire.key[0]]).toBe(wire.key[1]);
      expect(request?.body).toMatchObject(wire.body);
    });

    it('gives the answer as an object where a schema asks for one', async () => {
      const schema = {
        type: 'object',
        properties: { greeting: { type: 'string' }, length: { type: 'integer' } },
        required: ['greeting'],
        additionalProperties: false,
      };
      server.willSay({ text: ['{"greeting":', '"hi","length":2}'] });
      await expect(ask({ response_schema: schema }, wire)).resolves.toMatchObject({
        text: '{"greeting":"hi","length":2}',
        object: { greeting: 'hi', length: 2 },
      });
      expect(JSON.stringify(server.requests[0]?.body)).toContain('"greeting"');

      server.willSay({ text: ['{"greeting":7}'] }, { text: ['Hi!'] }, { text: ['{"gree'], finish: 'length' });
      const failures = [];
      for (let n = 0; n < 3; n++) failures.push(await failure(ask({ response_schema: schema }, wire)));
      expect(failures.map(({ code }) => code)).toEqual(Array(3).fill('MODEL_OUTPUT_INVALID'));
      expect(failures.map(({ message }) => message)).toEqual([
        expect.stringContaining('object.greeting'),
        expect.stringContaining('no JSON'),
        expect.stringContaining('max_tokens'),
      ]);
    });

    it('tells that an answer was cut off at max_tokens', async () => {
      server.willSay({ text: ['Once'], finish: 'length' });
      await expect(ask({}, wire)).resolves.toMatchObject({ text: 'Once', finish_reason: 'length' });
    });

    it.each(['reset', 'end'] as const)(
      'fails with CONNECTION_FAILED when the stream is cut (%s)',
      async (how) => {
        server.willSay({ answer: { text: ['Once', ' upon', ' a', ' time'] }, cutAfter: 3, how });
        const { code, message } = await failure(ask({}, wire));
        expect([code, message]).toEqual(['CONNECTION_FAILED', expect.stringContaining('127.0.0.1')]);
      },
    );

    it('fails with PROTOCOL_ERROR on what is no answer of this provider', async () => {
      server.willSay({ events: [{ data: '<html>Welcome to the proxy</html>' }] });
      expect(await failure(ask({}, wire))).toMatchObject({ code: 'PROTOCOL_ERROR' });
    });

    it('tells the words of a refusal, and that another try would not help', async () => {
      server.willSay({
        status: 401,
        body: {
          type: 'error',
          error: {
            type: 'authentication_error',
            code: 401,
            status: 'UNAUTHENTICATED',
            message: `bad key: ${KEY}`,
          },
        },
      });
      const error = await failure(ask({}, wire));
      expect(error).toMatchObject({ code: 'UNEXPECTED_STATUS', retryable: false, details: { status: 401 } });
      expect(error.message).toMatch(/^127\.0\.0\.1:\d+ answered 401: bad key: /);
      expect(error.message).not.toContain(KEY);
      expect(server.requests).toHaveLength(1);
    });

    it('leaves a provider of 500 to the retries of the step', async () => {
      server.willSay({ status: 500, body: 'oh no' });
      expect(await failure(ask({}, wire))).toMatchObject({ code: 'UNEXPECTED_STATUS', retryable: true });
      expect(server.requests).toHaveLength(1);
    });

    it('hangs up when it is told to stop, with the reason that it was given', async () => {
      const controller = new AbortController();
      server.willSay({ answer: { text: ['Once', ' upon', ' a', ' time'] }, stallAfter: 5 });
      const running = failure(ask({}, wire, controller.signal));
      await eventually(() => harness.previews.length > 0);
      const reason = new AppError('CANCELLED', 'The run was cancelled');
      controller.abort(reason);
      expect(await running).toBe(reason);
      await eventually(() => server.abandoned === 1);
    });
  });

  describe('when a provider asks to wait', () => {
    const openai = {
      status: 429,
      headers: { 'retry-after-ms': '40', 'retry-after': '1', 'x-ratelimit-remaining-requests': '0' },
      body: {
        error: {
          message: 'Rate limit reached for gpt-4.1-mini. Please try again in 40ms.',
          type: 'requests',
          param: null,
          code: 'rate_limit_exceeded',
        },
      },
    };
    const anthropic = {
      status: 529,
      headers: { 'retry-after': '0.1', 'x-should-retry': 'true' },
      body: {
        type: 'error',
        error: { type: 'overloaded_error', message: 'Overloaded' },
        request_id: 'req_1',
      },
    };
    const google = {
      status: 429,
      body: {
        error: {
          code: 429,
          message: 'You exceeded your current quota.',
          status: 'RESOURCE_EXHAUSTED',
          details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.2s' }],
        },
      },
    };

    it.each([
      ['retry-after-ms', 0, openai, 40, '0.1 s'],
      ['retry-after of a 529', 1, anthropic, 100, '0.1 s'],
      ['RetryInfo', 2, google, 200, '0.2 s'],
      ['retry-after', 3, { ...openai, headers: { 'retry-after': '1' } }, 1_000, '1 s'],
    ])('obeys %s', async (_name, index, refusal, ms, words) => {
      server.willSay(refusal, refusal, { text: ['Hello'] });
      const began = performance.now();
      await expect(ask({}, WIRE[index])).resolves.toMatchObject({ text: 'Hello' });
      expect(performance.now() - began).toBeGreaterThanOrEqual(2 * ms - 5);
      expect(server.requests).toHaveLength(3);
      expect(harness.lines.map(({ message }) => message)).toEqual(
        Array(2).fill(
          expect.stringMatching(
            new RegExp(`answered ${refusal.status}: trying again in ${words}, as it asks`),
          ),
        ),
      );
    });

    it('fails at once with RATE_LIMITED where the wait is longer than the step may take', async () => {
      server.willSay({ ...openai, headers: { 'retry-after': '3600' } });
      const error = await failure(ask({ timeout_seconds: 60 }));
      expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: true, details: { status: 429 } });
      expect(error.message).toContain('Rate limit reached for gpt-4.1-mini');
      expect(harness.lines[0]?.message).toContain('3600 s would take longer than the step may');
    });

    it('does not wait for an account without money', async () => {
      const error = {
        message: 'You exceeded your current quota',
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      };
      server.willSay({ status: 429, body: { error } });
      expect(await failure(ask())).toMatchObject({ code: 'RATE_LIMITED', retryable: false });
      expect(server.requests).toHaveLength(1);
    });

    it('stops waiting when it is told to stop', async () => {
      const controller = new AbortController();
      server.willSay({ ...openai, headers: { 'retry-after': '20' } });
      const running = failure(ask({}, WIRE[0], controller.signal));
      await harness.line('trying again in 20 s');
      const reason = new AppError('CANCELLED', 'The run was cancelled');
      controller.abort(reason);
      expect(await running).toBe(reason);
    });
  });

  it.each([
    [
      WIRE[1],
      {
        event: 'error',
        data: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      },
      'RATE_LIMITED',
    ],
    [
      WIRE[0],
      {
        event: 'error',
        data: {
          type: 'error',
          code: 'server_error',
          message: 'The server had an error',
          param: null,
          sequence_number: 3,
        },
      },
      'UNEXPECTED_STATUS',
    ],
    [
      WIRE[2],
      { data: { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } } },
      'UNEXPECTED_STATUS',
    ],
    [WIRE[3], { data: { error: { message: 'CUDA out of memory', type: 'internal' } } }, 'PROTOCOL_ERROR'],
  ])('tells of an error inside of a stream (%#)', async (wire, event, code) => {
    server.willSay({ events: [event] });
    const error = await failure(ask({}, wire));
    expect({ code: error.code, retryable: error.retryable ?? true }).toEqual({ code, retryable: true });
    expect(error.message).toMatch(/overloaded|had an error|out of memory/i);
  });

  it('never looks for a key or an address in the environment', async () => {
    process.env['OPENAI_API_KEY'] = 'of-this-program';
    process.env['OPENAI_BASE_URL'] = 'http://127.0.0.1:1/v1';
    try {
      server.willSay({ text: ['Hello'] });
      await ask({ provider: 'openai_compatible', api_key: '' }, WIRE[3]);
      expect(server.requests[0]?.headers['authorization']).toBeUndefined();
      const seen = jest.fn(() => Promise.reject(new AppError('EGRESS_DENIED', 'no network')));
      const own = new ComponentHarness(new LlmPrompt({ ...unreachableWorld(), fetch: seen }));
      const { base_url: _, ...withoutUrl } = config();
      await failure(own.run(withoutUrl, { inputs: { name: 'Ada' } }));
      expect(seen).toHaveBeenCalledWith('https://api.openai.com/v1/responses', expect.anything());
    } finally {
      delete process.env['OPENAI_API_KEY'];
      delete process.env['OPENAI_BASE_URL'];
    }
  });

  it('reaches only what the egress guard allows', async () => {
    const strict = new EgressGuard([]);
    const guarded = new ComponentHarness(new LlmPrompt({ ...unreachableWorld(), fetch: strict.fetch }));
    expect(await failure(guarded.run(config(), { inputs: { name: 'Ada' } }))).toMatchObject({
      code: 'EGRESS_DENIED',
    });
    await strict.close();
    expect(server.requests).toEqual([]);
  });

  it('fails before it asks when the inputs do not fit the prompt', async () => {
    expect(await failure(harness.run(config(), { inputs: {} }))).toMatchObject({ code: 'EXPRESSION_ERROR' });
    expect(
      await failure(harness.run(config({ prompt: '${{ inputs.name }}' }), { inputs: { name: ' ' } })),
    ).toMatchObject({ code: 'INVALID_INPUT' });
    expect(server.requests).toEqual([]);
  });

  it('follows no redirect, which would take the key along', async () => {
    server.willSay({ status: 307, headers: { location: `${server.url}/responses` }, body: '' });
    expect(await failure(ask())).toMatchObject({ code: 'PROTOCOL_ERROR', retryable: false });
    expect(server.requests).toHaveLength(1);
  });
});
