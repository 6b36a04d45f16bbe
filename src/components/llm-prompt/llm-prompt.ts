import type { Issue } from '../../engine/core/issue';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import type { StepContext } from '../../engine/ports';
import { BoundedLog } from '../bounded-log';
import type { ComponentCall, ComponentType } from '../component-type';
import type { ComponentDependencies } from '../component-types';
import { withTimeLimit } from '../time-limit';
import { checkFields } from './check-fields';
import { generate, type Generated } from './generation';
import { configuredModel } from './language-model';
import { LLM_PROMPT_SCHEMA, type LlmPromptFields, readFields } from './llm-prompt-config';
import { createModelFetch } from './model-fetch';
import { renderPrompts } from './prompts';
import { providerUrl } from './provider-url';
import { readObject } from './response-object';
import { costOf, usageOutput } from './token-usage';
import { resolveTools } from './tools/resolve-tools';
import { ToolRunner } from './tools/tool-runner';

/** What the type is made with. */
export type LlmPromptDependencies = Pick<ComponentDependencies, 'fetch' | 'upstreams' | 'components' | 'run'>;

/** Component type `llm_prompt`: sends a prompt to a language model and gives its answer. */
export class LlmPrompt implements ComponentType {
  readonly mcpType = 'llm_prompt';
  readonly summary =
    'Sends a prompt to a language model, which may call components as tools, and gives its answer.';
  readonly configSchema = LLM_PROMPT_SCHEMA;
  readonly example: JsonObject = {
    type: 'llm_prompt',
    provider: 'openai_compatible',
    base_url: 'http://localhost:11434/v1',
    model: 'llama3.2',
    system_prompt: 'You answer in one sentence.',
    prompt: 'Summarise: ${{ inputs.text }}',
    temperature: 0.2,
    max_tokens: 200,
  };

  constructor(private readonly dependencies: LlmPromptDependencies) {}

  readonly fieldsWithoutSecrets = [
    'base_url',
    'model',
    'system_prompt',
    'prompt',
    'response_schema',
    'tools',
  ];

  readonly executesCode = false;

  checkConfig(config: JsonObject): Issue[] {
    return checkFields(readFields(config));
  }

  async run(call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const fields = readFields(call.config);
    const limit = withTimeLimit(context.signal, fields.timeoutSeconds);
    try {
      return await this.ask(fields, call, { ...context, signal: limit.signal });
    } finally {
      limit.clear();
    }
  }

  private async ask(fields: LlmPromptFields, call: ComponentCall, context: StepContext): Promise<JsonValue> {
    const { provider, model, price } = fields;
    const log = new BoundedLog(context);
    const deadline = Date.now() + Math.min(call.timeoutMs, (fields.timeoutSeconds ?? Infinity) * 1_000);
    const { run, fetch: egress } = this.dependencies;
    const fetch = createModelFetch({ fetch: egress, log, deadline, now: Date.now });
    const prompts = renderPrompts(fields, call.inputs);
    const sources = { ...this.dependencies, pins: call.pins ?? {} };
    const tools = await resolveTools(fields.tools, sources, context.signal);
    const { idempotencyKey, attempt } = call;
    const runner = new ToolRunner({ run, context, log, deadline, idempotencyKey, attempt });
    const request = {
      ...(await configuredModel(fields, fetch)),
      ...prompts,
      provider: { host: new URL(providerUrl(fields)).host, apiKey: fields.apiKey },
      sampling: fields.sampling,
      responseSchema: fields.responseSchema,
      tools: tools.map((tool) => ({ ...tool, call: (inputs: JsonValue) => runner.call(tool, inputs) })),
      maxTurns: fields.maxTurns,
    };
    const generated = await generate(request, {
      signal: context.signal,
      log,
      text: (soFar) => {
        context.preview(soFar);
      },
      used: (usage) => {
        const cost = price === undefined ? null : costOf(usage, price);
        context.use({ provider, model, inputTokens: usage.input, outputTokens: usage.output, cost });
      },
    });
    runner.throwIfDefect();
    return { ...outputOf(generated, fields), ...(tools.length > 0 && { tool_calls: runner.calls }) };
  }
}

function outputOf(
  { text, finishReason, turns, usage, model }: Generated,
  fields: LlmPromptFields,
): JsonObject {
  const { responseSchema, price } = fields;
  return {
    text,
    ...(responseSchema !== undefined && { object: readObject(text, responseSchema, finishReason) }),
    finish_reason: finishReason,
    model,
    usage: usageOutput(usage),
    ...(price !== undefined && { cost: { ...costOf(usage, price) } }),
    turns,
  };
}
