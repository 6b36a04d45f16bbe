import { checkBuiltinInputs, failureMessage, waitUntil } from './builtin-inputs';
import type { JsonValue } from './json';
import type { Builtin } from './workflow-spec';

const NOW = Date.parse('2026-01-31T09:30:00Z');

describe('checkBuiltinInputs', () => {
  it.each<[builtin: Builtin, inputs: JsonValue, issues: string[]]>([
    ['set', 'anything', []],
    ['wait', { seconds: 1 }, []],
    ['wait', { seconds: '${{ params.n }}' }, []],
    ['wait', { until: '2026-01-31T09:30:00+01:00' }, []],
    ['wait', '${{ params.wait }}', []],
    ['wait', {}, ['inputs must have exactly one of: seconds, until']],
    ['wait', { seconds: 1, until: 'x' }, ['inputs must have exactly one of: seconds, until']],
    ['wait', { seconds: -1 }, ['inputs.seconds must be a number of at least 0']],
    ['wait', { seconds: '1' }, ['inputs.seconds must be a number of at least 0']],
    [
      'wait',
      { until: 'tomorrow' },
      ['inputs.until must be a time as in RFC 3339, such as "2026-01-31T09:30:00Z"'],
    ],
    [
      'wait',
      { until: '2026-13-41T09:30:00Z' },
      ['inputs.until must be a time as in RFC 3339, such as "2026-01-31T09:30:00Z"'],
    ],
    ['wait', { second: 1 }, ['inputs.second is not known; did you mean "seconds"?']],
    ['wait', 5, ['inputs must be an object with: seconds, until']],
    ['fail', { message: 'no' }, []],
    ['fail', {}, ['inputs.message must be a string']],
    ['fail', { message: 1 }, ['inputs.message must be a string']],
  ])('tells of %s with %j: %j', (builtin, inputs, issues) => {
    expect(
      checkBuiltinInputs(builtin, inputs, 'inputs').map(({ path, message }) => `${path} ${message}`),
    ).toEqual(issues);
  });
});

describe('waitUntil', () => {
  it.each<[inputs: JsonValue, time: string]>([
    [{ seconds: 1.5 }, '2026-01-31T09:30:01.500Z'],
    [{ seconds: 0 }, '2026-01-31T09:30:00.000Z'],
    [{ until: '2026-02-01T00:00:00+01:00' }, '2026-01-31T23:00:00.000Z'],
    [{ until: '2020-01-01T00:00:00Z' }, '2026-01-31T09:30:00.000Z'],
  ])('%j is over at %s', (inputs, time) => {
    const result = waitUntil(inputs, NOW);
    expect(result.ok && new Date(result.value).toISOString()).toBe(time);
  });

  it.each<[inputs: JsonValue, message: string]>([
    [{ seconds: '1' }, 'inputs.seconds must be a number of at least 0'],
    [{ seconds: 1e300 }, 'inputs.seconds leads beyond the year 9999'],
    [null, 'inputs must be an object with: seconds, until'],
  ])('refuses %j: %s', (inputs, message) => {
    expect(waitUntil(inputs, NOW)).toEqual({ ok: false, error: message });
  });
});

describe('failureMessage', () => {
  it('is the message, or what is wrong with it', () => {
    expect(failureMessage({ message: 'no stock' })).toEqual({ ok: true, value: 'no stock' });
    expect(failureMessage({ message: null })).toEqual({
      ok: false,
      error: 'inputs.message must be a string',
    });
  });
});
