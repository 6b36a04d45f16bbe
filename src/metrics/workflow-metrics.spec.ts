import { Registry } from 'prom-client';
import type { MetricsRegistry } from './metrics-registry';
import { WorkflowMetrics } from './workflow-metrics';

it('counts the tokens of the first hundred models by name and of all others together', async () => {
  const registry = new Registry();
  const metrics = new WorkflowMetrics(registry as MetricsRegistry);
  for (let n = 1; n <= 103; n++) {
    metrics.modelUsed({ provider: 'openai', model: `m${n}`, inputTokens: n, outputTokens: 1, cost: null });
  }
  metrics.modelUsed({ provider: 'openai', model: 'm1', inputTokens: 1, outputTokens: 0, cost: null });
  const text = await registry.metrics();
  expect(text).toContain('llm_tokens_total{provider="openai",model="m1",direction="input"} 2');
  expect(text).toContain('llm_tokens_total{provider="openai",model="m100",direction="input"} 100');
  expect(text).toContain('llm_tokens_total{provider="openai",model="other",direction="input"} 306');
  expect(text).toContain('llm_tokens_total{provider="openai",model="other",direction="output"} 3');
  expect(text).not.toContain('m101');
});
