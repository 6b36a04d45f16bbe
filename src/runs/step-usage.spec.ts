import type { UsageRecord } from './run-step.repository';
import { sumUsage } from './step-usage';

const used = (input: number, output: number, amount?: number): { usage: UsageRecord } => ({
  usage: {
    provider: 'openai',
    model: 'm',
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    ...(amount !== undefined && { cost: { amount, currency: 'USD' } }),
  },
});

describe('sumUsage', () => {
  it('is null where no attempt used a model', () => {
    expect(sumUsage([])).toBeNull();
    expect(sumUsage([{ usage: null }, { usage: null }])).toBeNull();
  });

  it('adds the attempts up, those that used nothing left out', () => {
    expect(sumUsage([used(1, 2, 0.25), { usage: null }, used(10, 20, 0.5)])).toEqual({
      provider: 'openai',
      model: 'm',
      inputTokens: 11,
      outputTokens: 22,
      totalTokens: 33,
      cost: { amount: 0.75, currency: 'USD' },
    });
  });

  it('has no cost where none is known', () => {
    expect(sumUsage([used(1, 2), used(1, 2)])?.cost).toBeNull();
  });
});
