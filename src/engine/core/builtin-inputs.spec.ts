import { builtinInputIssues, failureMessage, waitUntil } from './builtin-inputs';
import type { JsonValue } from './json';
import type { Builtin } from './workflow-spec';

const NOW = Date.parse('2026-01-31T09:30:00Z');
const X = '${{ params.x }}';

const NO_DELAY = 'inputs.seconds must be a number from 0 to 3155760000 (a hundred years)';
const NO_TIME =
  'inputs.until must be a time as in RFC 3339, such as "2026-01-31T09:30:00Z", not after the year 9999';
const NO_NAME = 'inputs.name must be letters, digits, "_" and "-", 64 at most, and not computed';

describe('builtinInputIssues', () => {
  it.each<[builtin: Builtin, inputs: JsonValue, issues: string[]]>([
    ['set', 'anything', []],
    ['approval', 'anything', []],
    ['approval', 5, []],
    ['wait', { seconds: 1 }, []],
    ['wait', { seconds: 0 }, []],
    ['wait', { seconds: X }, []],
    ['wait', { until: '2026-01-31T09:30:00+01:00' }, []],
    ['wait', { until: '9999-12-31T23:59:59Z' }, []],
    ['wait', { until: X }, []],
    ['wait', { until: `${X}T00:00:00Z` }, []],
    ['wait', X, []],
    ['wait', {}, ['inputs must have exactly one of: seconds, until']],
    ['wait', { seconds: X, until: X }, ['inputs must have exactly one of: seconds, until']],
    ['wait', { seconds: -1 }, [NO_DELAY]],
    ['wait', { seconds: 1e12 }, [NO_DELAY]],
    ['wait', { seconds: '1' }, [NO_DELAY]],
    ['wait', { seconds: null }, [NO_DELAY]],
    ['wait', { seconds: `${X}0` }, [NO_DELAY]],
    ['wait', { seconds: `$${X}` }, [NO_DELAY]],
    ['wait', { until: 'tomorrow' }, [NO_TIME]],
    ['wait', { until: 1_800_000_000 }, [NO_TIME]],
    ['wait', { until: '2026-13-41T09:30:00Z' }, [NO_TIME]],
    ['wait', { until: '2026-01-31T09:30:00' }, [NO_TIME]],
    ['wait', { until: '9999-12-31T23:59:59-01:00' }, [NO_TIME]],
    ['wait', { until: `$${X}` }, [NO_TIME]],
    ['wait', { second: 1 }, ['inputs.second is not known; did you mean "seconds"?']],
    ['wait', { 'in s': 1 }, ['inputs["in s"] is not known; allowed: seconds, until']],
    ['wait', 5, ['inputs must be an object with: seconds, until']],
    ['wait', '5 s', ['inputs must be an object with: seconds, until']],
    ['wait', `${X} s`, ['inputs must be an object with: seconds, until']],
    ['fail', { message: 'no' }, []],
    ['fail', { message: X }, []],
    ['fail', { message: `no ${X}` }, []],
    ['fail', X, []],
    ['fail', {}, ['inputs.message must be a string']],
    ['fail', { message: 1 }, ['inputs.message must be a string']],
    ['fail', { mesage: 'x' }, ['inputs.mesage is not known; did you mean "message"?']],
    ['fail', 'no', ['inputs must be an object with: message']],
    ['fail', null, ['inputs must be an object with: message']],
    ['signal', {}, []],
    ['signal', { name: 'order-shipped_1' }, []],
    ['signal', { name: X }, [NO_NAME]],
    ['signal', { name: 'a/b' }, [NO_NAME]],
    ['signal', { name: '' }, [NO_NAME]],
    ['signal', { name: 'x'.repeat(65) }, [NO_NAME]],
    ['signal', { name: 1 }, [NO_NAME]],
    ['signal', X, ['inputs must be an object with: name']],
  ])('tells of %s with %j: %j', (builtin, inputs, issues) => {
    expect(
      builtinInputIssues(builtin, inputs, 'inputs').map(({ path, message }) => `${path} ${message}`),
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
    [{ seconds: '1' }, NO_DELAY],
    [{ seconds: 1e12 }, NO_DELAY],
    [{ seconds: X }, NO_DELAY],
    [{ until: 'tomorrow' }, NO_TIME],
    [{ until: X }, NO_TIME],
    [X, 'inputs must be an object with: seconds, until'],
    [null, 'inputs must be an object with: seconds, until'],
  ])('refuses %j: %s', (inputs, message) => {
    expect(waitUntil(inputs, NOW)).toEqual({ ok: false, error: message });
  });
});

/** The years in which a constant that was accepted once is looked at. */
const TIMES = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('9000-01-01T00:00:00Z')];

describe('a wait that is accepted when it is saved', () => {
  it.each<[inputs: JsonValue]>([
    [{ seconds: 3_155_760_000 }],
    [{ seconds: 0.0001 }],
    [{ until: '9999-12-31T23:59:59.999Z' }],
    [{ until: '0001-01-01T00:00:00Z' }],
  ])('is accepted whenever it runs: %j', (inputs) => {
    expect(builtinInputIssues('wait', inputs, 'inputs')).toEqual([]);
    for (const now of TIMES) {
      const until = waitUntil(inputs, now);
      expect(until.ok && new Date(until.value).toISOString()).toMatch(/^\d{4}-/);
    }
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
