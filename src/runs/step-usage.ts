import type { ModelUsageResponse } from './dto/run-step.response';
import type { UsageRecord } from './run-step.repository';

/** What an attempt used of a model, as it goes out. */
export function toUsageResponse(usage: UsageRecord | null): ModelUsageResponse | null {
  if (usage === null) return null;
  return {
    provider: usage.provider,
    model: usage.model,
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    totalTokens: usage.total_tokens,
    cost: usage.cost ?? null,
  };
}

/** What all attempts of a step used together: a run's component is pinned, so they used one model at one price. */
export function sumUsage(
  attempts: readonly { readonly usage: UsageRecord | null }[],
): ModelUsageResponse | null {
  return attempts
    .map(({ usage }) => toUsageResponse(usage))
    .reduce((sum, usage) => (sum === null || usage === null ? (sum ?? usage) : add(sum, usage)), null);
}

function add(a: ModelUsageResponse, b: ModelUsageResponse): ModelUsageResponse {
  return {
    provider: b.provider,
    model: b.model,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
    cost:
      a.cost !== null && b.cost !== null
        ? { amount: a.cost.amount + b.cost.amount, currency: b.cost.currency }
        : null,
  };
}
