import type { JsonValue } from '../engine/core/json';
import type { McpType } from './component-type';
import { inputsFault, namedInputs } from './named-inputs';

const NO_VARIABLE = '"a b" is not a name that a variable can have';

describe('the inputs of a component', () => {
  it.each<[McpType, JsonValue, string | null]>([
    ['mcp_server', { 'a b': 1 }, null],
    ['mcp_server', null, null],
    ['mcp_server', 'a', 'must be an object: the arguments of the tool'],
    ['sql_query', {}, null],
    ['sql_query', [1], 'must be an object: the values of the statement by name'],
    ['jupyter_notebook', { _a1: 1 }, null],
    ['jupyter_notebook', 5, 'must be an object: the parameters of the notebook'],
    ['jupyter_notebook', { a: 1, 'a b': 1 }, NO_VARIABLE],
    ['http_request', 'a', null],
    ['llm_prompt', [1], null],
    ['typescript_script', 5, null],
    ['python_script', true, null],
  ])('of type %s: %j: %j', (mcpType, inputs, fault) => {
    expect(inputsFault(mcpType, inputs)).toBe(fault);
  });

  it('are what was given by name, or nothing', () => {
    expect(namedInputs('sql_query', { a: 1 })).toEqual({ a: 1 });
    expect(namedInputs('mcp_server', null)).toEqual({});
    expect(() => namedInputs('jupyter_notebook', { 'a b': 1 })).toThrow(`inputs: ${NO_VARIABLE}`);
  });
});
