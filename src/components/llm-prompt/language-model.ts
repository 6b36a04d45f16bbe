import type { LanguageModel, streamText } from 'ai';
import { providerUrl } from './provider-url';
import type { LlmPromptFields } from './llm-prompt-config';

type ProviderOptions = NonNullable<Parameters<typeof streamText>[0]['providerOptions']>;

/** A model of the AI SDK with what its provider is told beside the prompt. */
export interface ConfiguredModel {
  readonly model: LanguageModel;
  readonly providerOptions: ProviderOptions;
}

/**
 * The model that a configuration names. Address and key are always given: without them the SDK would look for them in
 * the environment of this program, and send our key to whatever address was configured.
 */
export async function configuredModel(
  fields: LlmPromptFields,
  fetch: typeof globalThis.fetch,
): Promise<ConfiguredModel> {
  const { provider, model, apiKey } = fields;
  const settings = { baseURL: providerUrl(fields), apiKey, fetch };
  switch (provider) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      // The Responses API. Nothing is kept at the provider; a schema of the user's need not be in the strict subset.
      const openai = { store: false, strictJsonSchema: false };
      return { model: createOpenAI(settings)(model), providerOptions: { openai } };
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return { model: createAnthropic(settings)(model), providerOptions: {} };
    }
    case 'google': {
      const { createGoogle } = await import('@ai-sdk/google');
      return { model: createGoogle(settings)(model), providerOptions: {} };
    }
    case 'openai_compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      // Chat Completions, which is what compatible servers serve.
      const compatible = createOpenAICompatible({
        ...settings,
        name: 'compatible',
        includeUsage: true,
        supportsStructuredOutputs: true,
      });
      return { model: compatible(model), providerOptions: { compatible: { strictJsonSchema: false } } };
    }
  }
}
