import type { LanguageModelUsage } from 'ai';
import type { JsonObject } from '../../engine/core/json';

/** What a provider charges, in the units of `currency` for a million tokens. */
export interface TokenPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** Of input that the provider had cached. */
  readonly cachedInputPerMillion: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** Tokens of one or several calls of a model; what a provider does not tell counts as none. */
export interface TokenUsage {
  /** Those that the provider had cached included. */
  readonly input: number;
  readonly cachedInput: number;
  /** Those of its reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

export const NO_TOKENS: TokenUsage = { input: 0, cachedInput: 0, output: 0, reasoning: 0 };

export function addUsage(sum: TokenUsage, usage: LanguageModelUsage): TokenUsage {
  return {
    input: sum.input + (usage.inputTokens ?? 0),
    cachedInput: sum.cachedInput + (usage.inputTokenDetails.cacheReadTokens ?? 0),
    output: sum.output + (usage.outputTokens ?? 0),
    reasoning: sum.reasoning + (usage.outputTokenDetails.reasoningTokens ?? 0),
  };
}

/** An amount of money. */
export interface Cost {
  readonly amount: number;
  readonly currency: string;
}

/** What tokens cost; to the billionth, so that sums in binary show no dust. */
export function costOf(usage: TokenUsage, price: TokenPrice): Cost {
  const millionths =
    (usage.input - usage.cachedInput) * price.inputPerMillion +
    usage.cachedInput * price.cachedInputPerMillion +
    usage.output * price.outputPerMillion;
  return { amount: Number((millionths / 1e6).toFixed(9)), currency: price.currency };
}

/** As it stands in the step's output. */
export function usageOutput(usage: TokenUsage): JsonObject {
  return {
    input_tokens: usage.input,
    output_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    ...(usage.cachedInput > 0 && { cached_input_tokens: usage.cachedInput }),
    ...(usage.reasoning > 0 && { reasoning_tokens: usage.reasoning }),
  };
}
