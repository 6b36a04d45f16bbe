import { AppError } from '../../common/errors/app-error';
import { type Issue, issuesText } from '../../engine/core/issue';
import type { JsonObject, JsonValue } from '../../engine/core/json';
import type { Result } from '../../engine/core/result';
import { compileTemplate, type Template } from '../../engine/core/template';
import type { LlmPromptFields } from './llm-prompt-config';

/** The names that an expression in a prompt may begin with. No `secrets`: a prompt is shown to the provider. */
const ROOTS = ['inputs'];

/** The prompts as texts. */
export interface Prompts {
  readonly system: string | undefined;
  readonly prompt: string;
}

type PromptTemplates = Pick<LlmPromptFields, 'systemPrompt' | 'prompt'>;

/** What is wrong with the templates of the prompts, or what renders both. */
export function compilePrompts({ systemPrompt, prompt }: PromptTemplates): Result<Template, Issue[]> {
  return compileTemplate(
    { ...(systemPrompt !== undefined && { system_prompt: systemPrompt }), prompt },
    ROOTS,
  );
}

/**
 * Puts the inputs into the prompts: texts as they are, other values as JSON.
 *
 * @throws AppError EXPRESSION_ERROR or another code of expressions; INVALID_INPUT for a prompt that is empty
 */
export function renderPrompts(templates: PromptTemplates, inputs: JsonValue): Prompts {
  const compiled = compilePrompts(templates);
  if (!compiled.ok) throw new AppError('INVALID_REQUEST', issuesText(compiled.error));
  const rendered = compiled.value.render({ inputs });
  if (!rendered.ok) {
    throw new AppError(rendered.error.code, `${rendered.error.path}: ${rendered.error.message}`);
  }
  const { system_prompt: system, prompt } = rendered.value as JsonObject;
  const text = toText(prompt ?? '');
  if (text.trim() === '') throw new AppError('INVALID_INPUT', 'prompt: with these inputs it is empty');
  return { system: system === undefined ? undefined : toText(system), prompt: text };
}

/** A template that is wholly one placeholder gives its value with its type. */
function toText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
