import { checkWorkflow } from './check-workflow';
import type { JsonObject, JsonValue } from './json';

function faults(document: JsonValue): string[] {
  return checkWorkflow(document).issues.map(({ path, message }) => `${path}: ${message}`);
}

function step(id: string, more: JsonObject = {}): JsonObject {
  return { id, uses: { builtin: 'set' }, ...more };
}

const ODD = { ...step('odd'), timeout_seconds: 'long' };
const ODD_FAULT = 'steps[0].timeout_seconds: must be number, not string';

describe('checkWorkflow', () => {
  it.each<[what: string, document: JsonValue, faults: string[]]>([
    [
      'a reference to what is not there',
      { steps: [ODD, step('b', { inputs: '${{ steps.c.output }}' })] },
      [ODD_FAULT, 'steps[1].inputs: "steps.c" is not a step; allowed: odd, b'],
    ],
    [
      'a need of what is not there',
      { steps: [ODD, step('b', { needs: ['c'] })] },
      [ODD_FAULT, 'steps[1].needs[0]: "c" is not a step; allowed: odd, b'],
    ],
    [
      'a circle',
      { steps: [ODD, step('b', { needs: ['c'] }), step('c', { needs: ['b', 'odd'] })] },
      [ODD_FAULT, 'steps: need each other in a circle: b → c → b'],
    ],
    [
      'an expression',
      { steps: [ODD, step('b', { when: '1 +' })], result: '${{ nobody }}' },
      [
        ODD_FAULT,
        'steps[1].when: Unexpected token: EOF at character 4',
        'result: "nobody" is not known; allowed: params, steps, run',
      ],
    ],
    [
      'a constant',
      { steps: [ODD, step('b', { when: '1' })] },
      [ODD_FAULT, 'steps[1].when: must give true or false, not number'],
    ],
    [
      'a repeated id, whichever step has it',
      { steps: [ODD, step('odd')], on_failure: [step('odd')] },
      [
        ODD_FAULT,
        'steps[1].id: "odd" is already the id of steps[0]',
        'on_failure[0].id: "odd" is already the id of steps[0]',
      ],
    ],
    [
      'two steps that hold for one signal',
      {
        steps: [
          ODD,
          step('a', { uses: { builtin: 'signal' } }),
          step('b', { uses: { builtin: 'signal' }, inputs: { name: 'a' } }),
        ],
      },
      [
        ODD_FAULT,
        'steps[2]: holds for the signal "a", which is that of steps[1]; give each a name of its own',
      ],
    ],
    [
      'on_failure',
      { steps: [ODD], on_failure: [step('f', { inputs: '${{ [steps.odd.output, run.failure] }}' })] },
      [ODD_FAULT, 'on_failure[0].inputs: "run.failure" is not known; allowed: id, created_at, error'],
    ],
    [
      'the parameters',
      { steps: [ODD], parameters_schema: { type: 'strng' }, concurrency: { key: 'params.(' } },
      [
        ODD_FAULT,
        'parameters_schema.type: must be one of: array, boolean, integer, null, number, object, string',
        'concurrency.key: Expected IDENTIFIER, got LPAREN at character 8',
      ],
    ],
  ])('tells of a fault of the shape together with one of %s elsewhere', (_what, document, expected) => {
    expect(faults(document)).toEqual(expected);
  });

  it.each<[what: string, document: JsonValue, faults: string[]]>([
    [
      'a step that others need',
      {
        steps: [ODD, step('b', { needs: ['odd'], inputs: '${{ steps.odd.output }}' })],
        result: '${{ steps.odd }}',
      },
      [ODD_FAULT],
    ],
    [
      'a step whose content is wrong as well',
      { steps: [{ ...ODD, needs: ['nowhere'], when: '1 +' }] },
      [ODD_FAULT],
    ],
    [
      'a setting, whose content is wrong as well',
      { steps: [step('a')], concurrency: { key: '1 +', max: 0 } },
      ['concurrency.max: must be at least 1'],
    ],
    ['a step that is none', { steps: [5, step('b')] }, ['steps[0]: must be object, not number']],
    [
      'a step without an id',
      { steps: [{ uses: { builtin: 'set' } }, step('b')] },
      ['steps[0].id: is required'],
    ],
    [
      'a list of steps that is none',
      { steps: {}, result: '${{ steps.a.output }}' },
      ['steps: must be array, not object'],
    ],
    [
      'too many steps',
      { steps: Array.from({ length: 501 }, (_none, at) => step(`s${at}`, { needs: ['nowhere'] })) },
      ['steps: must have at most 500 items'],
    ],
    [
      'a list of on_failure that is none',
      { steps: [step('a')], on_failure: 'a' },
      ['on_failure: must be array, not string'],
    ],
    ['a document that is none', [], [': must be object, not array']],
  ])('tells nothing else of %s', (_what, document, expected) => {
    expect(faults(document)).toEqual(expected);
  });

  it('gives what is sound, with null in the place of a step that is not', () => {
    const [a, f] = [step('a'), step('f')];
    const document = {
      steps: [ODD, a],
      on_failure: [f, {}],
      max_parallel_steps: 0,
      timeout_seconds: 9,
      x: 1,
    };
    expect(checkWorkflow(document).sound).toEqual({
      steps: [null, a],
      on_failure: [f, null],
      timeout_seconds: 9,
    });
    expect(checkWorkflow({ steps: [a] })).toEqual({ issues: [], sound: { steps: [a] } });
    expect(checkWorkflow(null).sound).toEqual({ steps: [] });
  });
});
