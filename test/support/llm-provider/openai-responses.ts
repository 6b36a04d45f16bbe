import type { Protocol, ServerEvent, WholeAnswer } from './model-answer';

type Item = Readonly<Record<string, unknown>>;

/** OpenAI's Responses API. @see https://platform.openai.com/docs/api-reference/responses-streaming */
export const openaiResponses: Protocol = (answer) => {
  const response = {
    id: 'resp_67c9fdcecf488190bdd9a0409de3a1ec',
    object: 'response',
    created_at: 1_741_290_958,
    model: `${answer.model}-2026-01-01`,
    output: [],
    error: null,
    incomplete_details: null,
  };
  const events = [
    { type: 'response.created', response: { ...response, status: 'in_progress' } },
    { type: 'response.in_progress', response: { ...response, status: 'in_progress' } },
    ...(answer.text.length > 0 ? message(answer) : []),
    ...answer.calls.flatMap((call, index) => functionCall(call, index + 1)),
    answer.finish === 'length'
      ? {
          type: 'response.incomplete',
          response: {
            ...response,
            status: 'incomplete',
            incomplete_details: { reason: 'max_output_tokens' },
            usage: usage(answer),
          },
        }
      : { type: 'response.completed', response: { ...response, status: 'completed', usage: usage(answer) } },
  ];
  return events.map((data, sequence): ServerEvent => {
    return { event: data.type, data: { ...data, sequence_number: sequence } };
  });
};

function message({ text }: WholeAnswer): (Item & { type: string })[] {
  const at = { item_id: 'msg_67c9fdcf37fc', output_index: 0, content_index: 0 };
  const item = { id: at.item_id, type: 'message', role: 'assistant' };
  const part = { type: 'output_text', text: text.join(''), annotations: [] };
  return [
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    ...text.map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { ...item, status: 'completed', content: [part] },
    },
  ];
}

function functionCall(
  { id, name, args }: WholeAnswer['calls'][number],
  index: number,
): (Item & { type: string })[] {
  const item = { id: `fc_${id}`, type: 'function_call', call_id: id, name };
  const at = { item_id: item.id, output_index: index };
  const text = JSON.stringify(args);
  return [
    {
      type: 'response.output_item.added',
      output_index: index,
      item: { ...item, status: 'in_progress', arguments: '' },
    },
    { type: 'response.function_call_arguments.delta', ...at, delta: text },
    { type: 'response.function_call_arguments.done', ...at, arguments: text },
    {
      type: 'response.output_item.done',
      output_index: index,
      item: { ...item, status: 'completed', arguments: text },
    },
  ];
}

function usage({ inputTokens, cachedTokens, outputTokens }: WholeAnswer): object {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
}
