import type { Issue } from '../../engine/core/issue';
import { fail, ok, type Result } from '../../engine/core/result';
import { replaceWithin, TOO_LONG_FILLED } from './replace-within';
import { secretName } from './secret-name';
import { referTo } from './server-secrets';

/** A value that VS Code asks its user for. */
export interface ClientInput {
  readonly isPassword: boolean;
  /** Taken where it is no password. */
  readonly default: string | null;
}

/** Variables that stand for places on the machine of the client. */
const OF_THE_CLIENT =
  /^(?:workspaceFolder.*|userHome|cwd|pathSeparator|\/|file.*|relativeFile.*|CLAUDE_PROJECT_DIR)$/;

/** A reference of ours ends before the next one begins, so that no part of a text is looked through twice. */
const VARIABLE = /\$\{\{(?:(?!\$\{\{).)*?\}\}|\$\{([^{}]*)\}/gs;

/**
 * A text with references to secrets for the variables of clients: `${input:id}` and `${env:NAME}` of VS Code and Cursor,
 * `${NAME}` and `${NAME:-default}` of Claude Code. Our own references stay.
 */
export function replaceVariables(
  text: string,
  path: string,
  inputs: ReadonlyMap<string, ClientInput>,
): Result<string, Issue[]> {
  const issues: Issue[] = [];
  const replaced = replaceWithin(text, VARIABLE, (whole, variable) => {
    if (variable === undefined) return whole;
    const meaning = meaningOf(variable, inputs);
    if (meaning.ok) return meaning.value;
    issues.push({ path, message: `${whole} ${meaning.error}` });
    return '';
  });
  if (replaced === null) issues.push({ path, message: TOO_LONG_FILLED });
  return replaced === null || issues.length > 0 ? fail(issues) : ok(replaced);
}

/** Whether a text holds something to be replaced, or was written with a reference of ours. */
export function hasVariables(text: string): boolean {
  return text.includes('${');
}

function meaningOf(variable: string, inputs: ReadonlyMap<string, ClientInput>): Result<string, string> {
  if (variable.startsWith('input:')) {
    const id = variable.slice('input:'.length);
    const input = inputs.get(id);
    if (input === undefined) return fail('is none of the inputs of the file');
    return ok(input.isPassword || input.default === null ? referTo(secretName(id)) : input.default);
  }
  if (OF_THE_CLIENT.test(variable)) {
    return fail('is a place on the machine of the client: write out what it is on this one');
  }
  const [, name = null, fallback] = /^(?:env:)?([A-Za-z_]\w{0,127})(?::-(.*))?$/s.exec(variable) ?? [];
  if (name === null) return fail('is no variable that is known here');
  return ok(fallback ?? referTo(name));
}
