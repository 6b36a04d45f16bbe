import { Injectable } from '@nestjs/common';
import { type GetPromptResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

import { compileTemplate } from '../engine/core/template';
import type { CallFollower } from './call-follower';
import type { RegisteredComponent } from './core/registry';
import type { View } from './core/view';
import { UpstreamTools } from './upstream-tools.service';

type Arguments = Readonly<Record<string, string>>;

/** Prompts: of servers, passed through, and the templates of `llm_prompt` definitions with their arguments in place. */
@Injectable()
export class Prompts {
  constructor(private readonly upstream: UpstreamTools) {}

  /** @throws ProtocolError INVALID_PARAMS when there is no such prompt, or an argument is missing */
  async get(
    { prompts }: View,
    name: string,
    args: Arguments,
    follower: CallFollower,
  ): Promise<GetPromptResult> {
    const found = prompts.get(name);
    if (found === undefined) throw invalidParams(`There is no prompt ${JSON.stringify(name)}`);
    const missing = (found.prompt.arguments ?? []).filter(
      (argument) => argument.required === true && !Object.hasOwn(args, argument.name),
    );
    if (missing.length > 0) {
      throw invalidParams(`Arguments are missing: ${missing.map((argument) => argument.name).join(', ')}`);
    }
    const { route } = found;
    return route.kind === 'upstream'
      ? this.upstream.getPrompt(route.server, route.prompt, args, follower)
      : render(route.component, args);
  }
}

/** Both templates as one message of the user: a prompt of MCP has no other role than that and the model's. */
function render({ config, description }: RegisteredComponent, args: Arguments): GetPromptResult {
  const templates = [config.system_prompt, config.prompt].filter((text) => typeof text === 'string');
  const compiled = compileTemplate(templates, ['inputs'], { allowSecrets: true });
  if (!compiled.ok) throw invalidParams('The templates of the prompt cannot be read');
  // References to secrets stay as they are written.
  const rendered = compiled.value.render({ inputs: { ...args } });
  if (!rendered.ok) throw invalidParams(rendered.error.message);
  const text = (rendered.value as unknown[])
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    .join('\n\n');
  return {
    ...(description !== '' && { description }),
    messages: [{ role: 'user', content: { type: 'text', text } }],
  };
}

function invalidParams(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
