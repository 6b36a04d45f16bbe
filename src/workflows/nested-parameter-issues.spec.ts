import type { JsonObject, JsonValue } from '../engine/core/json';
import { nestedParameterIssues } from './nested-parameter-issues';
import { nestedSteps } from './nested-steps';

const X = '${{ params.x }}';
const ORDER: JsonObject = {
  parameters_schema: {
    type: 'object',
    required: ['id'],
    additionalProperties: false,
    properties: { id: { type: 'integer', minimum: 1 }, to: { enum: ['a', 'b'] } },
  },
};
const BY_REGION: JsonObject = { concurrency: { key: 'params.region' } };

/** The faults of steps that each call one of these workflows. */
function faults(called: Readonly<Record<string, JsonObject>>, steps: readonly JsonObject[]): string[] {
  const own = nestedSteps({ steps: [...steps] });
  const versions = Object.entries(called).map(
    ([id, spec]) => [`${id}-1`, { workflowDefinitionId: id, spec, nested: {} }] as const,
  );
  const nested = Object.fromEntries(
    own
      .filter(({ workflowDefinitionId }) => workflowDefinitionId in called)
      .map(({ stepId, workflowDefinitionId }) => [stepId, `${workflowDefinitionId}-1`]),
  );
  const issues = nestedParameterIssues(own, { versions: new Map(versions), nested });
  return issues.map(({ path, message }) => `${path}: ${message}`);
}

function calling(id: string, inputs?: JsonValue, stepId = 'sub'): JsonObject {
  return { id: stepId, uses: { workflow_definition_id: id }, ...(inputs !== undefined && { inputs }) };
}

describe('nestedParameterIssues', () => {
  it.each<[inputs: JsonValue | undefined, faults: string[]]>([
    [{ id: 1, to: 'a' }, []],
    [{ id: X, to: X }, []],
    [X, []],
    [undefined, ['steps[0].inputs.id: is required']],
    [{ id: 0 }, ['steps[0].inputs.id: must be at least 1']],
    [{ id: '1' }, ['steps[0].inputs.id: must be integer, not string']],
    [{ id: `no. ${X}` }, ['steps[0].inputs.id: must be integer, not string']],
    [{ id: X, to: 'c' }, ['steps[0].inputs.to: must be one of: a, b']],
    [{ id: X, too: X }, ['steps[0].inputs.too: is not known; did you mean "to"?']],
    // That these are no object is told whatever is called.
    [[1], []],
    ['all', []],
  ])('holds %j against the schema of the workflow: %j', (inputs, expected) => {
    expect(faults({ order: ORDER }, [calling('order', inputs)])).toEqual(expected);
  });

  it.each<[inputs: JsonObject, faults: string[]]>([
    [{ region: 'eu' }, []],
    [{ region: X }, []],
    [{ regoin: X }, []],
    [{}, ['steps[0].inputs: concurrency.key: "params.region" is missing; ".?" and orValue() give a default']],
    [{ region: 'x'.repeat(500) }, ['steps[0].inputs: concurrency.key: is longer than 500 characters']],
  ])('holds %j against the concurrency key, where nothing in it is computed', (inputs, expected) => {
    expect(faults({ order: BY_REGION }, [calling('order', inputs)])).toEqual(expected);
  });

  it('holds each step against what it calls itself', () => {
    const steps = [
      calling('order', {}, 'a'),
      calling('any', {}, 'b'),
      calling('gone', {}, 'c'),
      calling('order', {}, 'd'),
    ];
    expect(faults({ order: ORDER, any: {} }, steps)).toEqual([
      'steps[0].inputs.id: is required',
      'steps[3].inputs.id: is required',
    ]);
  });

  it('leaves a step alone whose id another one has, which calls another workflow', () => {
    expect(faults({ order: ORDER, any: {} }, [calling('order', {}), calling('any', {})])).toEqual([]);
  });
});
