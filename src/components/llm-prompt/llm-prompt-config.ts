import type { JsonObject } from '../../engine/core/json';
import { TIMEOUT_SECONDS_SCHEMA } from '../time-limit';
import type { TokenPrice } from './token-usage';

/** Turns of a model that has tools: each is one request to the provider. */
export const DEFAULT_MAX_TURNS = 10;
export const MOST_MAX_TURNS = 50;

export const LLM_PROVIDERS = ['openai', 'anthropic', 'google', 'openai_compatible'] as const;
export type LlmProvider = (typeof LLM_PROVIDERS)[number];

/** A registered component that the model may call. */
export interface ToolReference {
  readonly definitionId: string;
  /** Null: the latest when the run started. */
  readonly version: string | null;
  /** Of an `mcp_server`: which of its tools. */
  readonly tool: string | null;
  /** What the model calls it by; null: the tool's name, else the definition's. */
  readonly name: string | null;
  readonly description: string | null;
  readonly inputSchema: JsonObject | null;
}

/** A configuration with everything in its place; templates are not yet rendered. */
export interface LlmPromptFields {
  readonly provider: LlmProvider;
  readonly baseUrl: string | undefined;
  readonly model: string;
  readonly apiKey: string;
  readonly systemPrompt: string | undefined;
  readonly prompt: string;
  readonly sampling: Sampling;
  readonly responseSchema: JsonObject | undefined;
  readonly tools: readonly ToolReference[];
  readonly maxTurns: number;
  readonly timeoutSeconds: number | undefined;
  readonly price: TokenPrice | undefined;
}

/** How the model chooses its words; what is left out is the provider's to choose. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxOutputTokens?: number;
  readonly stopSequences?: string[];
  readonly seed?: number;
}

/** A name that every provider takes. */
export const TOOL_NAME = '^[A-Za-z_][A-Za-z0-9_-]{0,63}$';

const pricePerMillion = (of: string): JsonObject => ({
  type: 'number',
  minimum: 0,
  description: `For a million ${of} tokens.`,
});

const toolSchema: JsonObject = {
  type: 'object',
  required: ['mcp_definition_id'],
  additionalProperties: false,
  properties: {
    mcp_definition_id: { type: 'string', format: 'uuid' },
    version: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      description: 'A version of that component; absent: the latest when the run starts.',
    },
    tool: { type: 'string', minLength: 1, maxLength: 256, description: 'Of an `mcp_server`: which tool.' },
    name: {
      type: 'string',
      pattern: TOOL_NAME,
      description: "What the model calls it by; absent: the tool's name, else the component's.",
    },
    description: { type: 'string', maxLength: 4096, description: 'Tells the model what it does.' },
    input_schema: {
      type: 'object',
      description: 'JSON Schema 2020-12 of what the model gives; absent: any object.',
    },
  },
};

export const LLM_PROMPT_SCHEMA: JsonObject = {
  type: 'object',
  title: 'Prompt to a language model',
  required: ['type', 'provider', 'model', 'prompt'],
  additionalProperties: false,
  properties: {
    type: { const: 'llm_prompt' },
    provider: { type: 'string', enum: [...LLM_PROVIDERS] },
    base_url: {
      type: 'string',
      minLength: 1,
      maxLength: 2048,
      description:
        "Where the provider's API is; needed for `openai_compatible`, else the provider's own address.",
    },
    model: { type: 'string', minLength: 1, maxLength: 256, example: 'claude-sonnet-4-5' },
    api_key: {
      type: 'string',
      minLength: 1,
      maxLength: 4096,
      description:
        'Write `${{ secrets.NAME }}`: what is written out here is shown to everybody who can read.',
    },
    system_prompt: {
      type: 'string',
      maxLength: 262_144,
      description: 'What the model is told beforehand; may hold `${{ inputs.x }}`.',
    },
    prompt: {
      type: 'string',
      minLength: 1,
      maxLength: 262_144,
      description: "The user's message; may hold `${{ inputs.x }}`.",
    },
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    top_p: { type: 'number', minimum: 0, maximum: 1 },
    max_tokens: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      description: 'Most tokens of one answer.',
    },
    stop_sequences: {
      type: 'array',
      maxItems: 8,
      items: { type: 'string', minLength: 1, maxLength: 256 },
    },
    seed: { type: 'integer' },
    response_schema: {
      type: 'object',
      description:
        'JSON Schema 2020-12. The model is asked for JSON of this form; the answer is checked and given as `object`.',
    },
    tools: {
      type: 'array',
      maxItems: 64,
      items: toolSchema,
      description: 'Registered components that the model may call, of any type but `llm_prompt`.',
    },
    max_turns: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_MAX_TURNS,
      default: DEFAULT_MAX_TURNS,
      description: 'Most requests to the model in one step; more fails with TURN_LIMIT.',
    },
    timeout_seconds: TIMEOUT_SECONDS_SCHEMA,
    price: {
      type: 'object',
      required: ['input_per_million', 'output_per_million'],
      additionalProperties: false,
      description: 'What the provider charges; with it the cost is shown beside the tokens.',
      properties: {
        input_per_million: pricePerMillion('input'),
        output_per_million: pricePerMillion('output'),
        cached_input_per_million: pricePerMillion(
          'input tokens that the provider had cached; absent: as other input',
        ),
        currency: { type: 'string', pattern: '^[A-Z]{3}$', default: 'USD' },
      },
    },
  },
};

/** Reads a configuration that has passed the schema. */
export function readFields(config: JsonObject): LlmPromptFields {
  return {
    provider: config.provider as LlmProvider,
    baseUrl: config.base_url as string | undefined,
    model: config.model as string,
    apiKey: (config.api_key as string | undefined) ?? '',
    systemPrompt: config.system_prompt as string | undefined,
    prompt: config.prompt as string,
    sampling: readSampling(config),
    responseSchema: config.response_schema as JsonObject | undefined,
    tools: ((config.tools as JsonObject[] | undefined) ?? []).map(readTool),
    maxTurns: (config.max_turns as number | undefined) ?? DEFAULT_MAX_TURNS,
    timeoutSeconds: config.timeout_seconds as number | undefined,
    price: config.price === undefined ? undefined : readPrice(config.price as JsonObject),
  };
}

/** The definitions that a configuration of `llm_prompt` lets the model call, in lower case. */
export function toolDefinitionIds(config: JsonObject): string[] {
  return readFields(config).tools.map(({ definitionId }) => definitionId.toLowerCase());
}

/** Those of them whose version is not written down. */
export function unpinnedToolIds(config: JsonObject): string[] {
  const unpinned = readFields(config).tools.filter(({ version }) => version === null);
  return unpinned.map(({ definitionId }) => definitionId.toLowerCase());
}

function readSampling(config: JsonObject): Sampling {
  const {
    temperature,
    top_p: topP,
    max_tokens: maxOutputTokens,
    stop_sequences: stopSequences,
    seed,
  } = config;
  const given = Object.entries({ temperature, topP, maxOutputTokens, stopSequences, seed });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function readTool(tool: JsonObject): ToolReference {
  return {
    definitionId: tool.mcp_definition_id as string,
    version: (tool.version as string | undefined) ?? null,
    tool: (tool.tool as string | undefined) ?? null,
    name: (tool.name as string | undefined) ?? null,
    description: (tool.description as string | undefined) ?? null,
    inputSchema: (tool.input_schema as JsonObject | undefined) ?? null,
  };
}

function readPrice(price: JsonObject): TokenPrice {
  const inputPerMillion = price.input_per_million as number;
  return {
    inputPerMillion,
    outputPerMillion: price.output_per_million as number,
    cachedInputPerMillion: (price.cached_input_per_million as number | undefined) ?? inputPerMillion,
    currency: (price.currency as string | undefined) ?? 'USD',
  };
}
