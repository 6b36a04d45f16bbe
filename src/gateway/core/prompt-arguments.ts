import type { Prompt } from '@modelcontextprotocol/server';

import { isJsonObject } from '../../engine/core/json';
import { scanPlaceholders } from '../../engine/core/template-scanner';
import type { RegisteredComponent } from './registry';

/** `inputs.name` inside a `${{ … }}`. */
const INPUT = /\binputs\.([A-Za-z_]\w*)/g;

/** The arguments of an `llm_prompt`: what its input schema names, or without one what its templates refer to. */
export function promptArguments({
  config,
  inputSchema,
}: Pick<RegisteredComponent, 'config' | 'inputSchema'>): NonNullable<Prompt['arguments']> {
  const properties = inputSchema?.properties;
  if (isJsonObject(properties)) {
    const required = Array.isArray(inputSchema?.required) ? inputSchema.required : [];
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      ...(isJsonObject(schema) &&
        typeof schema.description === 'string' && { description: schema.description }),
      required: required.includes(name),
    }));
  }
  const templates = [config.system_prompt, config.prompt].filter((text) => typeof text === 'string');
  const names = templates.flatMap(inputsOf);
  return [...new Set(names)].map((name) => ({ name, required: true }));
}

function inputsOf(template: string): string[] {
  const scanned = scanPlaceholders(template);
  const parts = scanned.ok ? scanned.value : [];
  return parts.flatMap((part) =>
    part.kind === 'text' ? [] : [...part.source.matchAll(INPUT)].map(([, name = '']) => name),
  );
}
