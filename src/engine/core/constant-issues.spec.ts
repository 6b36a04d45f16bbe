import { call, Drive, planOf } from '../../../test/support/run-drive';
import { checkWorkflow } from './check-workflow';
import { compileWorkflow } from './compile-workflow';
import type { JsonObject, JsonValue } from './json';
import { MAX_OUTPUT_BYTES } from './output-size';

const WORKFLOW = { workflow_definition_id: '0197c7a0-0000-7000-8000-000000000002' };

function faults(document: JsonObject): string[] {
  return checkWorkflow(document).issues.map(({ path, message }) => `${path}: ${message}`);
}

function faultsOf(step: JsonObject): string[] {
  return faults({ steps: [{ id: 'a', uses: { builtin: 'set' }, ...step }] });
}

/** 160,000 times something: a third of the work that there is, or so. */
const ZEROS = `[${'0,'.repeat(399)}0]`;
const COSTLY = `${ZEROS}.map(x, ${ZEROS}.exists(y, y > x))`;

describe('a workflow whose constants would fail in every run', () => {
  it.each<[what: string, step: JsonObject, faults: string[]]>([
    ['a when that is a number', { when: '1' }, ['steps[0].when: must give true or false, not number']],
    ['a when that is a text', { when: '"yes"' }, ['steps[0].when: must give true or false, not string']],
    ['a when that is null', { when: 'null' }, ['steps[0].when: must give true or false, not null']],
    [
      'a when that is computed',
      { when: 'size([1, 2])' },
      ['steps[0].when: must give true or false, not number'],
    ],
    ['a when that fails', { when: '1 / 0 > 1' }, ['steps[0].when: division by zero']],
    [
      'an input that fails',
      { inputs: { a: ['${{ params.n }}', 'one in ${{ 1 / 0 }}'] } },
      ['steps[0].inputs.a[1]: division by zero'],
    ],
    [
      'items that are no list',
      { for_each: { items: '{"a": 1}' } },
      ['steps[0].for_each.items: must give a list, not object'],
    ],
    [
      'items that are a text',
      { for_each: { items: '"a,b"' } },
      ['steps[0].for_each.items: must give a list, not string'],
    ],
    [
      'items that are not there',
      { for_each: { items: '[[1]][1]' } },
      ['steps[0].for_each.items: "[[1]][1]" is not in the list: it has 1 items'],
    ],
    [
      'an output that is too large',
      { inputs: ['x'.repeat(MAX_OUTPUT_BYTES)] },
      [
        `steps[0].inputs: The output has ${MAX_OUTPUT_BYTES + 4} bytes of JSON; a step may give ${MAX_OUTPUT_BYTES}`,
      ],
    ],
    [
      'a wait for longer than anybody waits',
      { uses: { builtin: 'wait' }, inputs: { seconds: 1e12 } },
      ['steps[0].inputs.seconds: must be a number from 0 to 3155760000 (a hundred years)'],
    ],
    [
      'a wait for nothing',
      { uses: { builtin: 'wait' } },
      ['steps[0].inputs: must have exactly one of: seconds, until'],
    ],
    [
      'a failure without words',
      { uses: { builtin: 'fail' }, inputs: { message: 1 } },
      ['steps[0].inputs.message: must be a string'],
    ],
    [
      'a signal of an odd name',
      { uses: { builtin: 'signal' }, inputs: { name: 'a/b' } },
      ['steps[0].inputs.name: must be letters, digits, "_" and "-", 64 at most, and not computed'],
    ],
    [
      'parameters of a workflow that are a text',
      { uses: WORKFLOW, inputs: 'all' },
      ['steps[0].inputs: must be an object: the parameters of the workflow'],
    ],
  ])('is refused for %s', (_what, step, expected) => {
    expect(faultsOf(step)).toEqual(expected);
  });

  it.each<[key: string, fault: string]>([
    ['1 / 0', 'concurrency.key: division by zero'],
    [`"${'x'.repeat(500)}"`, 'concurrency.key: is longer than 500 characters'],
  ])('is refused for the concurrency key %s', (key, fault) => {
    expect(faults({ steps: [call('a')], concurrency: { key } })).toEqual([fault]);
  });

  it('is refused for its result', () => {
    expect(faults({ steps: [call('a')], result: { n: '${{ "a" + 1 }}' } })).toEqual([
      'result.n: "+" does not apply to string and int',
    ]);
  });

  it('is refused for those of on_failure, too', () => {
    const onFailure = [call('f', { when: '1' })];
    expect(faults({ steps: [call('a')], on_failure: onFailure })).toEqual([
      'on_failure[0].when: must give true or false, not number',
    ]);
  });

  it.each<[what: string, step: JsonObject]>([
    ['constants that are right', { when: 'true', for_each: { items: '[1, 2]' } }],
    ['an empty list', { for_each: { items: '[]' } }],
    ['what depends on a parameter', { when: 'params.n', for_each: { items: 'params.n' } }],
    ['what depends on the time', { when: 'now()' }],
    ['what depends on the time within', { when: '[1].map(x, [x, now()])' }],
    ['what depends on the run', { when: 'run.id' }],
    [
      'inputs that depend on something',
      { uses: { builtin: 'wait' }, inputs: { seconds: '${{ params.n }}' } },
    ],
  ])('is not refused for %s', (_what, step) => {
    expect(faultsOf(step)).toEqual([]);
  });

  it('is compiled all the same where it was saved before, and fails when a run comes to it', () => {
    const steps = [
      call('first'),
      call('a', { needs: ['first'], when: '1' }),
      { id: 'b', uses: { builtin: 'wait' }, needs: ['a'], inputs: { seconds: 1e12 } },
    ];
    expect(compileWorkflow({ steps })).toMatchObject({ ok: true });
    const run = new Drive(planOf(steps));
    expect(run.words()).toEqual(['start first']);
    run.succeed({ stepId: 'first' }, null);
    expect(run.advance()).toMatchObject([
      { type: 'fail', stepId: 'a', error: { message: 'when: must give true or false, not number' } },
      { type: 'skip', stepId: 'b' },
      { type: 'end', status: 'failed' },
    ]);
  });

  it('tells what a run would: of each constant the same words', () => {
    const cases: [step: JsonObject, path: string, inRun: string][] = [
      [{ when: '[1]' }, 'steps[0].when', 'when: '],
      [{ for_each: { items: '1' } }, 'steps[0].for_each.items', 'for_each.items: '],
      [{ inputs: { a: '${{ 1 / 0 }}' } }, 'steps[0].inputs.a', 'inputs.a: '],
      [{ uses: { builtin: 'wait' }, inputs: { until: 'soon' } }, 'steps[0].inputs.until', 'inputs.until '],
      [{ uses: { builtin: 'fail' }, inputs: {} }, 'steps[0].inputs.message', 'inputs.message '],
      [{ uses: WORKFLOW, inputs: [1] }, 'steps[0].inputs', 'inputs: '],
    ];
    for (const [step, path, inRun] of cases) {
      const document = { steps: [{ id: 'a', uses: { builtin: 'set' }, ...step }] };
      const [issue] = checkWorkflow(document).issues;
      const [failure] = new Drive(planOf(document.steps)).advance();
      expect(issue?.path).toBe(path);
      expect(failure).toMatchObject({ type: 'fail', error: { message: `${inRun}${issue?.message ?? ''}` } });
    }
  });

  it('looks at as many as a run could evaluate at once, and leaves the others to the runs', () => {
    const costly: JsonValue[] = Array.from({ length: 50 }, (_none, at) => call(`s${at}`, { when: COSTLY }));
    const told = faults({ steps: costly });
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(50);
    for (const fault of told)
      expect(fault).toMatch(/^steps\[\d+\]\.when: must give true or false, not array$/);
  });
});
