import type { ResolvedComponent } from '../definitions/component-catalog.service';
import type { JsonValue } from '../engine/core/json';
import { componentInputIssues } from './component-input-issues';
import { componentSteps } from './component-steps';

const ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';
const X = '${{ params.x }}';
const SCHEMAS = new Map([['strict', { required: ['id'], properties: { id: { type: 'integer' } } }]]);

function faults(found: ResolvedComponent, inputs: JsonValue): string[] {
  const steps = componentSteps({ steps: [{ id: 'a', uses: { mcp_definition_id: ID }, inputs }] });
  return componentInputIssues(steps, [found], SCHEMAS).map(({ path, message }) => `${path}: ${message}`);
}

const sql = { mcpType: 'sql_query', versionId: 'free' } as const;
const strictSql = { mcpType: 'sql_query', versionId: 'strict' } as const;
const notebook = { mcpType: 'jupyter_notebook', versionId: 'free' } as const;
const strictRequest = { mcpType: 'http_request', versionId: 'strict' } as const;
const NO_OBJECT = 'steps[0].inputs: must be an object: the values of the statement by name';

describe('componentInputIssues', () => {
  it.each<[found: ResolvedComponent, inputs: JsonValue, faults: string[]]>([
    [sql, { id: 'x' }, []],
    [sql, X, []],
    [sql, 'x', [NO_OBJECT]],
    [sql, `all of ${X}`, [NO_OBJECT]],
    [sql, `$${X}`, [NO_OBJECT]],
    [strictSql, [1], [NO_OBJECT]],
    [strictSql, { id: X }, []],
    [strictSql, { id: 'x' }, ['steps[0].inputs.id: must be integer, not string']],
    [strictRequest, { it: X }, ['steps[0].inputs.id: is required']],
    [strictRequest, 'x', []],
    [notebook, { 'a b': X }, ['steps[0].inputs: "a b" is not a name that a variable can have']],
    [{ mcpType: null, versionId: null }, 'x', []],
  ])('of %j tells of %j: %j', (found, inputs, expected) => {
    expect(faults(found, inputs)).toEqual(expected);
  });
});
