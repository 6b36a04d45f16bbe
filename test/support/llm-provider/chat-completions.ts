import type { Protocol } from './model-answer';

/**
 * OpenAI's Chat Completions, which compatible servers serve.
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
export const chatCompletions: Protocol = ({ model, text, calls, finish, ...tokens }) => {
  const chunk = {
    id: 'chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT',
    object: 'chat.completion.chunk',
    created: 1_741_569_952,
    model,
  };
  const choice = (delta: object, reason: string | null = null) => ({
    data: { ...chunk, choices: [{ index: 0, delta, finish_reason: reason }] },
  });
  return [
    choice({ role: 'assistant', content: '' }),
    ...text.map((content) => choice({ content })),
    ...calls.flatMap(({ id, name, args }, index) => [
      choice({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
      choice({ tool_calls: [{ index, function: { arguments: JSON.stringify(args) } }] }),
    ]),
    choice({}, calls.length > 0 ? 'tool_calls' : finish),
    {
      data: {
        ...chunk,
        choices: [],
        usage: {
          prompt_tokens: tokens.inputTokens,
          completion_tokens: tokens.outputTokens,
          total_tokens: tokens.inputTokens + tokens.outputTokens,
          prompt_tokens_details: { cached_tokens: tokens.cachedTokens },
        },
      },
    },
    { data: '[DONE]' },
  ];
};
