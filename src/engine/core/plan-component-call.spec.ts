import { Drive, FACTS } from '../../../test/support/run-drive';
import { planComponentCall } from './plan-component-call';

const DEFINITION_ID = '01976b1c-0000-7000-8000-000000000001';

describe('planComponentCall', () => {
  it("calls the component once, with the run's parameters, and gives its output as the result", () => {
    const run = new Drive(planComponentCall(DEFINITION_ID, 'read'));
    expect(run.advance()).toEqual([{ type: 'start', stepId: 'invoke', attempt: 1, inputs: FACTS.params }]);
    run.succeed('invoke', { text: '${{ params }} is text here' });
    expect(run.advance()).toEqual([
      { type: 'end', status: 'succeeded', result: { text: '${{ params }} is text here' } },
    ]);
  });

  it.each(['read', null])('names the component and the tool %j', (tool) => {
    const { steps } = planComponentCall(DEFINITION_ID, tool);
    expect(steps.map(({ uses }) => uses)).toEqual([
      { kind: 'component', mcpDefinitionId: DEFINITION_ID, version: null, tool },
    ]);
  });
});
