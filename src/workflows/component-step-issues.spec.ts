import { componentStepIssues } from './component-step-issues';
import type { ComponentStep } from './component-steps';

const VERSION_ID = '018f9d2c-7f3a-7c11-9a55-0123456789ab';

function step(fields: Partial<ComponentStep> = {}): ComponentStep {
  return {
    stepId: 'a',
    path: 'steps[0].uses',
    mcpDefinitionId: VERSION_ID,
    version: null,
    tool: null,
    inputs: { path: 'steps[0].inputs', template: {} },
    ...fields,
  };
}

describe('componentStepIssues', () => {
  it.each([
    ['an unknown component', step(), { mcpType: null, versionId: null }, 'steps[0].uses.mcp_definition_id'],
    [
      'an unknown version',
      step({ version: '9.0.0' }),
      { mcpType: 'http_request', versionId: null },
      'steps[0].uses.version',
    ],
    [
      'an MCP server without a tool',
      step(),
      { mcpType: 'mcp_server', versionId: VERSION_ID },
      'steps[0].uses.tool',
    ],
    [
      'a tool of what has no tools',
      step({ tool: 'add' }),
      { mcpType: 'http_request', versionId: VERSION_ID },
      'steps[0].uses.tool',
    ],
  ] as const)('refuses %s', (_case, given, found, path) => {
    expect(componentStepIssues([given], [found]).map((issue) => issue.path)).toEqual([path]);
  });

  it.each([
    [step(), { mcpType: 'typescript_script', versionId: VERSION_ID }],
    [step({ tool: 'add' }), { mcpType: 'mcp_server', versionId: VERSION_ID }],
  ] as const)('takes %j', (given, found) => {
    expect(componentStepIssues([given], [found])).toEqual([]);
  });
});
