import { unheededSettings } from './unheeded-settings';

const COMPONENT = { mcp_definition_id: '018f9d2c-7f3a-7c11-9a55-0123456789ab' };

function messages(step: object, list: 'steps' | 'on_failure' = 'steps'): string[] {
  const spec = {
    [list]: [
      { id: 'first', uses: COMPONENT },
      { id: 'a', uses: COMPONENT, ...step },
    ],
  };
  return unheededSettings(spec).map(({ path, message }) => `${path}: ${message}`);
}

describe('unheededSettings', () => {
  it('refuses a code that no error has, and says which was meant', () => {
    const retry = { max_attempts: 2, never_on: ['TIMEOUT', 'TIME_OUT', 'INVALID_INPUTS'] };
    expect(messages({ retry }, 'on_failure')).toEqual([
      'on_failure[1].retry.never_on[1]: "TIME_OUT" is not an error code; did you mean "TIMEOUT"?',
      'on_failure[1].retry.never_on[2]: "INVALID_INPUTS" is not an error code; did you mean "INVALID_INPUT"?',
    ]);
  });

  it.each(['set', 'wait', 'fail'])('refuses a time limit of %s', (builtin) => {
    expect(messages({ uses: { builtin }, timeout_seconds: 5 })).toEqual([
      `steps[1].timeout_seconds: does nothing for ${builtin}: leave it out`,
    ]);
  });

  it.each([
    ['a component', COMPONENT],
    ['an approval', { builtin: 'approval' }],
    ['a signal', { builtin: 'signal' }],
    ['another workflow', { workflow_definition_id: COMPONENT.mcp_definition_id }],
  ])('takes a time limit of %s', (_what, uses) => {
    expect(messages({ uses, timeout_seconds: 5, retry: { max_attempts: 2, never_on: ['TIMEOUT'] } })).toEqual(
      [],
    );
  });
});
