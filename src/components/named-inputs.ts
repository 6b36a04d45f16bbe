import { AppError } from '../common/errors/app-error';
import { isJsonObject, type JsonObject, type JsonValue } from '../engine/core/json';
import type { McpType } from './component-type';

/** What a component's inputs are to it, where they must have names. */
const NAMED: Readonly<Partial<Record<McpType, string>>> = {
  mcp_server: 'the arguments of the tool',
  sql_query: 'the values of the statement by name',
  jupyter_notebook: 'the parameters of the notebook',
};

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What is wrong with the form of a component's inputs, whichever configuration it has; null when all is well. It looks at
 * nothing but the kind of the inputs and the names of their members.
 */
export function inputsFault(mcpType: McpType, inputs: JsonValue): string | null {
  const what = NAMED[mcpType];
  if (what === undefined || inputs === null) return null;
  if (!isJsonObject(inputs)) return `must be an object: ${what}`;
  if (mcpType !== 'jupyter_notebook') return null;
  // They become variables of its code.
  const wrong = Object.keys(inputs).find((name) => !VARIABLE.test(name));
  return wrong === undefined ? null : `${JSON.stringify(wrong)} is not a name that a variable can have`;
}

/**
 * The inputs of a call by their names; none where they are null.
 *
 * @throws AppError INVALID_INPUT
 */
export function namedInputs(mcpType: McpType, inputs: JsonValue): JsonObject {
  const fault = inputsFault(mcpType, inputs);
  if (fault !== null) throw new AppError('INVALID_INPUT', `inputs: ${fault}`);
  return isJsonObject(inputs) ? inputs : {};
}
