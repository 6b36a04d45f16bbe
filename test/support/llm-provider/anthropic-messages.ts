import type { Protocol, ServerEvent } from './model-answer';

/** Anthropic's Messages API. @see https://docs.anthropic.com/en/docs/build-with-claude/streaming */
export const anthropicMessages: Protocol = ({ model, text, calls, finish, ...tokens }) => {
  const blocks = [
    ...(text.length > 0 ? [{ start: { type: 'text', text: '' }, deltas: text.map(textDelta) }] : []),
    ...calls.map(({ id, name, args }) => ({
      start: { type: 'tool_use', id: `toolu_${id}`, name, input: {} },
      deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(args) }],
    })),
  ];
  const events = [
    {
      type: 'message_start',
      message: {
        id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
        type: 'message',
        role: 'assistant',
        model: `${model}-20260101`,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          // Anthropic counts cached tokens beside the others.
          input_tokens: tokens.inputTokens - tokens.cachedTokens,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: tokens.cachedTokens,
          output_tokens: 1,
        },
      },
    },
    { type: 'ping' },
    ...blocks.flatMap(({ start, deltas }, index) => [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason(calls.length > 0, finish), stop_sequence: null },
      usage: { output_tokens: tokens.outputTokens },
    },
    { type: 'message_stop' },
  ];
  return events.map((data): ServerEvent => ({ event: data.type, data }));
};

function textDelta(text: string): object {
  return { type: 'text_delta', text };
}

function stopReason(wantsTools: boolean, finish: 'stop' | 'length'): string {
  if (wantsTools) return 'tool_use';
  return finish === 'length' ? 'max_tokens' : 'end_turn';
}
