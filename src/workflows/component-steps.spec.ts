import { componentSteps } from './component-steps';

const ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

describe('componentSteps', () => {
  it('finds the steps that call components, with their place', () => {
    const spec = {
      steps: [
        { id: 'pause', uses: { builtin: 'wait' } },
        { id: 'add', uses: { mcp_definition_id: ID.toUpperCase(), version: '1.2.0', tool: 'add' } },
        { id: 'post', uses: { mcp_definition_id: ID }, inputs: { n: '${{ params.n }}' } },
      ],
    };
    expect(componentSteps(spec)).toEqual([
      {
        stepId: 'add',
        path: 'steps[1].uses',
        mcpDefinitionId: ID,
        version: '1.2.0',
        tool: 'add',
        inputs: { path: 'steps[1].inputs', template: {} },
      },
      {
        stepId: 'post',
        path: 'steps[2].uses',
        mcpDefinitionId: ID,
        version: null,
        tool: null,
        inputs: { path: 'steps[2].inputs', template: { n: '${{ params.n }}' } },
      },
    ]);
  });

  it('finds those of on_failure', () => {
    const spec = { steps: [], on_failure: [{ id: 'alert', uses: { mcp_definition_id: ID } }] };
    expect(componentSteps(spec)).toMatchObject([{ stepId: 'alert', path: 'on_failure[0].uses' }]);
  });

  it('finds no step where an id only stands in the inputs', () => {
    expect(
      componentSteps({ steps: [{ id: 'a', uses: { builtin: 'set' }, inputs: { mcp_definition_id: ID } }] }),
    ).toEqual([]);
  });
});
