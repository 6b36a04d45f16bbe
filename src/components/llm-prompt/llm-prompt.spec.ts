import type { JsonObject } from '../../engine/core/json';
import { ComponentRegistry } from '../component-registry';
import { unreachableWorld } from '../../../test/support/unreachable-world';
import { LlmPrompt } from './llm-prompt';

describe('a configuration of llm_prompt', () => {
  const registry = new ComponentRegistry([new LlmPrompt(unreachableWorld())]);
  const base = { type: 'llm_prompt', provider: 'openai', model: 'm', api_key: 'k', prompt: 'Hi' };
  const check = (more: JsonObject) => registry.checkConfig({ ...base, ...more });

  it.each<JsonObject>([
    {},
    { api_key: '${{ secrets.OPENAI_API_KEY }}' },
    { provider: 'openai_compatible', base_url: 'http://localhost:11434/v1' },
    { system_prompt: 'You are ${{ inputs.role }}', prompt: '${{ inputs.question }}' },
    { response_schema: { type: 'object', properties: { a: { type: 'string' } } } },
    { price: { input_per_million: 0.15, output_per_million: 0.6 } },
  ])('may be %j', (more) => {
    expect(check(more)).toEqual([]);
  });

  it.each<[JsonObject, string, string]>([
    [{ provider: 'openai_compatible' }, 'base_url', 'is needed'],
    [{ base_url: 'ftp://x' }, 'base_url', 'http:// or https://'],
    [{ base_url: 'https://user:pass@x' }, 'base_url', 'user name'],
    [{ base_url: 'https://${{ inputs.host }}/v1' }, 'base_url', 'where the key is sent'],
    [{ api_key: 'a\nb' }, 'api_key', 'header'],
    [{ prompt: 'Say ${{ secrets.PASSWORD }}' }, 'prompt', 'secrets'],
    [{ prompt: 'Say ${{ inputs.x' }, 'prompt', '"}}"'],
    [{ system_prompt: '${{ nothing.x }}' }, 'system_prompt', 'nothing'],
    [{ response_schema: { type: 'objekt' } }, 'response_schema.type', 'must'],
    [{ temperature: 3 }, 'temperature', '2'],
    [{ price: { input_per_million: 1 } }, 'price', 'output_per_million'],
    [{ provider: 'someone' }, 'provider', 'openai'],
  ])('may not be %j', (more, path, words) => {
    const issues = check(more);
    expect(issues[0]?.path.startsWith(path)).toBe(true);
    expect(`${issues[0]?.path} ${issues[0]?.message}`).toContain(words);
  });

  it('needs a key for the providers that want one', () => {
    const { api_key: _, ...without } = base;
    expect(registry.checkConfig(without)).toEqual([{ path: 'api_key', message: 'is needed for openai' }]);
  });

  it('is shown with an example that passes', () => {
    const [type] = registry.types;
    expect(registry.checkConfig(type?.example ?? {})).toEqual([]);
  });
});
