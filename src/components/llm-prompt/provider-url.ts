import type { LlmPromptFields, LlmProvider } from './llm-prompt-config';

/** Where the providers serve their own models. */
const OWN_URLS: Readonly<Record<Exclude<LlmProvider, 'openai_compatible'>, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
};

/** The address of a provider's API. A configuration of `openai_compatible` that has passed its check names one. */
export function providerUrl({ provider, baseUrl }: Pick<LlmPromptFields, 'provider' | 'baseUrl'>): string {
  return baseUrl ?? (provider === 'openai_compatible' ? '' : OWN_URLS[provider]);
}
