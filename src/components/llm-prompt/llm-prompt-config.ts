import type { JsonObject } from '../../engine/core/json';
import type { TokenPrice } from './token-usage';

/** One hour: the longest that a model may be waited for. */
export const MAX_TIMEOUT_SECONDS = 3600;

export const LLM_PROVIDERS = ['openai', 'anthropic', 'google', 'openai_compatible'] as const;
export type LlmProvider = (typeof LLM_PROVIDERS)[number];

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

const pricePerMillion = (of: string): JsonObject => ({
  type: 'number',
  minimum: 0,
  description: `For a million ${of} tokens.`,
});

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
    timeout_seconds: { type: 'number', exclusiveMinimum: 0, maximum: MAX_TIMEOUT_SECONDS },
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
    timeoutSeconds: config.timeout_seconds as number | undefined,
    price: config.price === undefined ? undefined : readPrice(config.price as JsonObject),
  };
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

function readPrice(price: JsonObject): TokenPrice {
  const inputPerMillion = price.input_per_million as number;
  return {
    inputPerMillion,
    outputPerMillion: price.output_per_million as number,
    cachedInputPerMillion: (price.cached_input_per_million as number | undefined) ?? inputPerMillion,
    currency: (price.currency as string | undefined) ?? 'USD',
  };
}
