import type { Protocol } from './model-answer';

/** Google's Gemini API. @see https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent */
export const googleGenerateContent: Protocol = ({ model, text, calls, finish, ...tokens }) => {
  const usageMetadata = {
    promptTokenCount: tokens.inputTokens,
    cachedContentTokenCount: tokens.cachedTokens,
    candidatesTokenCount: tokens.outputTokens,
    totalTokenCount: tokens.inputTokens + tokens.outputTokens,
  };
  const parts = [
    ...text.map((piece) => ({ text: piece })),
    ...calls.map(({ name, args }) => ({ functionCall: { name, args } })),
  ];
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    const reason = finish === 'length' ? 'MAX_TOKENS' : 'STOP';
    return {
      data: {
        candidates: [
          { content: { role: 'model', parts: [part] }, index: 0, ...(isLast && { finishReason: reason }) },
        ],
        usageMetadata,
        modelVersion: `${model}-001`,
        responseId: 'mAitaLmkHPPlz7IPvtfUqQ4',
      },
    };
  });
};
