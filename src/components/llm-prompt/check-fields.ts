import type { Issue } from '../../engine/core/issue';
import { compileSchema } from '../../engine/core/json-schema';
import { isHeaderValue } from '../header-fields';
import { addressFault } from '../http-address';
import type { LlmPromptFields } from './llm-prompt-config';
import { compilePrompts } from './prompts';

/** What the schema of a configuration cannot say. Empty when all is well. */
export function checkFields(fields: LlmPromptFields): Issue[] {
  const prompts = compilePrompts(fields);
  return [
    ...checkAddress(fields),
    ...checkKey(fields),
    ...(prompts.ok ? [] : prompts.error),
    ...checkSchemas(fields),
  ];
}

function checkAddress({ provider, baseUrl }: LlmPromptFields): Issue[] {
  if (baseUrl === undefined) {
    return provider === 'openai_compatible'
      ? [{ path: 'base_url', message: 'is needed for openai_compatible, like http://localhost:11434/v1' }]
      : [];
  }
  if (baseUrl.includes('${{')) {
    return [
      { path: 'base_url', message: 'cannot hold ${{ … }}: inputs must not choose where the key is sent' },
    ];
  }
  const fault = addressFault(baseUrl);
  return fault === null ? [] : [{ path: 'base_url', message: fault }];
}

function checkKey({ provider, apiKey }: LlmPromptFields): Issue[] {
  if (apiKey === '') {
    return provider === 'openai_compatible'
      ? []
      : [{ path: 'api_key', message: `is needed for ${provider}` }];
  }
  if (isHeaderValue(apiKey)) return [];
  return [{ path: 'api_key', message: 'holds characters that a header cannot carry' }];
}

function checkSchemas({ responseSchema, tools }: LlmPromptFields): Issue[] {
  const schemas = [
    { path: 'response_schema', schema: responseSchema ?? null },
    ...tools.map(({ inputSchema }, index) => ({ path: `tools[${index}].input_schema`, schema: inputSchema })),
  ];
  return schemas.flatMap(({ path, schema }) => {
    if (schema === null) return [];
    const compiled = compileSchema(schema, path);
    return compiled.ok ? [] : compiled.error;
  });
}
