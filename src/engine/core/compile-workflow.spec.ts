import type { JsonObject, JsonValue } from './json';
import { compileWorkflow } from './compile-workflow';

const ID = '0197c7a0-0000-7000-8000-000000000001';
const component = { mcp_definition_id: ID };
const set = { builtin: 'set' };

function faults(document: JsonValue): string[] {
  const compiled = compileWorkflow(document);
  return compiled.ok ? [] : compiled.error.map(({ path, message }) => `${path}: ${message}`);
}

function step(id: string, more: JsonObject = {}): JsonObject {
  return { id, uses: set, ...more };
}

describe('compileWorkflow', () => {
  it('compiles a workflow to a plan with every default filled in', () => {
    const compiled = compileWorkflow({
      parameters_schema: { type: 'object', required: ['day'], properties: { day: { type: 'string' } } },
      timeout_seconds: 60,
      steps: [
        {
          id: 'post',
          uses: { ...component, version: '1.2.0', tool: 'send' },
          needs: ['sign_off'],
          needs_policy: 'all_done',
          inputs: { text: '${{ steps.orders.output }} of ${{ steps["orders"].status }}' },
          retry: { max_attempts: 4 },
          timeout_seconds: 0.5,
          on_error: 'continue',
        },
        step('sign_off', { when: 'size(steps.orders.output) > 100' }),
        { id: 'orders', uses: component },
      ],
      result: { posted: '${{ steps.post.output.ok }}' },
    });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
    const plan = compiled.value;
    expect(plan.steps.map(({ id, needs }) => [id, needs])).toEqual([
      ['orders', []],
      ['sign_off', ['orders']],
      ['post', ['sign_off', 'orders']],
    ]);
    expect(plan.signals).toEqual(new Map());
    expect(plan.leafIds).toEqual(['post']);
    expect(plan.maxParallelSteps).toBe(8);
    expect(plan.timeoutMs).toBe(60_000);
    expect(plan.checkParameters({})).toEqual([{ path: 'params.day', message: 'is required' }]);
    expect(plan.stepsById.get('post')).toMatchObject({
      uses: { kind: 'component', mcpDefinitionId: ID, version: '1.2.0', tool: 'send' },
      needsPolicy: 'all_done',
      when: null,
      retry: { maxAttempts: 4, initialMs: 200, factor: 2, maxMs: 10_000, jitter: true, neverOn: [] },
      timeoutMs: 500,
      onError: 'continue',
    });
    expect(plan.stepsById.get('orders')).toMatchObject({
      uses: { kind: 'component', version: null, tool: null },
      needsPolicy: 'all_succeeded',
      retry: { maxAttempts: 1 },
      timeoutMs: null,
      onError: 'fail',
    });
  });

  it('knows the signals that its steps hold for', () => {
    const compiled = compileWorkflow({
      steps: [
        step('ok', { uses: { builtin: 'approval' } }),
        step('paid', { uses: { builtin: 'signal' } }),
        step('b', { uses: { builtin: 'signal' }, inputs: { name: 'order-shipped' } }),
      ],
    });
    expect(compiled.ok && [...compiled.value.signals]).toEqual([
      ['ok', { stepId: 'ok', builtin: 'approval' }],
      ['paid', { stepId: 'paid', builtin: 'signal' }],
      ['order-shipped', { stepId: 'b', builtin: 'signal' }],
    ]);
  });

  it.each<[what: string, document: JsonValue, faults: string[]]>([
    ['no object', [], [': must be object, not array']],
    ['no steps', { steps: [] }, ['steps: must have at least 1 item(s)']],
    [
      'a name, which is no part of it',
      { name: 'x', steps: [step('a')] },
      [
        'name: is not known; allowed: parameters_schema, timeout_seconds, max_parallel_steps, concurrency, steps, on_failure, result',
      ],
    ],
    [
      'what it does not know',
      { steps: [step('a', { foreach: {} })] },
      ['steps[0].foreach: is not known; did you mean "for_each"?'],
    ],
    [
      'an unknown builtin',
      { steps: [step('a', { uses: { builtin: 'approve' } })] },
      ['steps[0].uses.builtin: must be one of: set, wait, fail, approval, signal'],
    ],
    [
      'nothing used',
      { steps: [step('a', { uses: {} })] },
      ['steps[0].uses: must have one of: mcp_definition_id, workflow_definition_id, builtin'],
    ],
    [
      'a bad definition id',
      { steps: [step('a', { uses: { mcp_definition_id: 'x' } })] },
      ['steps[0].uses.mcp_definition_id: must be a valid uuid'],
    ],
    [
      'a bad id',
      { steps: [step('a-b')] },
      ['steps[0].id: must match the pattern ^[A-Za-z_][A-Za-z0-9_]{0,63}$'],
    ],
    [
      'a bad retry',
      { steps: [step('a', { retry: { max_attempts: 0, factor: 0.5 } })] },
      ['steps[0].retry.max_attempts: must be at least 1', 'steps[0].retry.factor: must be at least 1'],
    ],
    [
      'a bad for_each',
      { steps: [step('a', { for_each: { max_parallel: 0, on_item_error: 'stop' } })] },
      [
        'steps[0].for_each.items: is required',
        'steps[0].for_each.max_parallel: must be at least 1',
        'steps[0].for_each.on_item_error: must be one of: fail, skip',
      ],
    ],
    [
      'items in braces',
      { steps: [step('a', { for_each: { items: '${{ params.rows }}' } })] },
      ['steps[0].for_each.items: is an expression as a whole: write it without ${{ }}'],
    ],
    [
      'an item outside of the inputs',
      {
        steps: [
          step('a', { for_each: { items: '[item]' }, when: 'index > 0', inputs: '${{ [item, index] }}' }),
          step('b', { inputs: '${{ item }}' }),
        ],
      },
      [
        'steps[0].when: "index" is not known; allowed: params, steps, run',
        'steps[0].for_each.items: "item" is not known; allowed: params, steps, run',
        'steps[1].inputs: "item" is not known; allowed: params, steps, run',
      ],
    ],
    [
      'two steps that hold for one signal',
      {
        steps: [
          step('go', { uses: { builtin: 'approval' } }),
          step('b', { uses: { builtin: 'signal' }, inputs: { name: 'go' } }),
        ],
      },
      ['steps[1]: holds for the signal "go", which is that of steps[0]; give each a name of its own'],
    ],
    [
      'an approval for each item',
      { steps: [step('a', { uses: { builtin: 'approval' }, for_each: { items: '[1]' } })] },
      ['steps[0].for_each: is not for approval: a signal is for one step, not for its items'],
    ],
    [
      'a time limit of days, but for approval and signal',
      {
        steps: [
          step('a', { uses: component, timeout_seconds: 86_401 }),
          step('b', { uses: { builtin: 'approval' }, timeout_seconds: 864_000 }),
        ],
      },
      [
        'steps[0].timeout_seconds: must be at most 86400: only approval, signal and another workflow take longer',
      ],
    ],
    [
      'faults of on_failure',
      {
        steps: [step('a', { inputs: '${{ steps.f.status }}' }), step('b')],
        on_failure: [
          step('a'),
          step('f', { inputs: '${{ [steps.b.output, run.error.code, steps.nope.output] }}' }),
          step('g', { needs: ['b'], inputs: '${{ run.failure }}' }),
        ],
        result: '${{ run.error }}',
      },
      [
        'on_failure[0].id: "a" is already the id of steps[0]',
        'steps[0].inputs: "steps.f" is not a step; allowed: a, b',
        'on_failure[1].inputs: "steps.nope" is not a step; allowed: a, b, f, g',
        'on_failure[2].inputs: "run.failure" is not known; allowed: id, created_at, error',
        'on_failure[2].needs[0]: "b" is not a step; allowed: a, f, g',
        'result: "run.error" is not known; allowed: id, created_at',
      ],
    ],
    [
      'a cycle in on_failure',
      {
        steps: [step('a')],
        on_failure: [step('f', { needs: ['g'] }), step('g', { needs: ['f'] })],
      },
      ['on_failure: need each other in a circle: f → g → f'],
    ],
    ['a repeated id', { steps: [step('a'), step('a')] }, ['steps[1].id: "a" is already the id of steps[0]']],
    [
      'an unknown need',
      { steps: [step('orders'), step('b', { needs: ['order'] })] },
      ['steps[1].needs[0]: "order" is not a step; did you mean "orders"?'],
    ],
    [
      'an unknown reference',
      { steps: [step('a'), step('b', { inputs: { x: ['${{ steps.zzz.output }}'] } })] },
      ['steps[1].inputs.x[0]: "steps.zzz" is not a step; allowed: a, b'],
    ],
    [
      'an unknown reference twice in one text, and again in another',
      {
        steps: [
          step('a', { inputs: { x: '${{ steps.q.output }} ${{ steps.q.status }}', y: 'to ${{ steps.q }}' } }),
        ],
      },
      [
        'steps[0].inputs.x: "steps.q" is not a step; allowed: a',
        'steps[0].inputs.y: "steps.q" is not a step; allowed: a',
      ],
    ],
    [
      'an unknown member of a step',
      { steps: [step('a'), step('b', { when: 'steps.a.outputs == 1' })] },
      ['steps[1].when: "steps.a.outputs" is not known; did you mean "output"?'],
    ],
    [
      'an unknown member of the run',
      { steps: [step('a', { inputs: '${{ run.error }}' })] },
      ['steps[0].inputs: "run.error" is not known; allowed: id, created_at'],
    ],
    [
      'a computed reference',
      { steps: [step('a', { inputs: '${{ steps[params.x].output }}' })] },
      ['steps[0].inputs: "steps" must be followed by the id of a step: steps.<id>.output'],
    ],
    [
      'a broken expression',
      { steps: [step('a', { inputs: { b: '${{ 1 + }}' } })] },
      ['steps[0].inputs.b: Unexpected token: EOF at character 6'],
    ],
    [
      'a when in braces',
      { steps: [step('a', { when: '${{ true }}' })] },
      ['steps[0].when: is an expression as a whole: write it without ${{ }}'],
    ],
    [
      'a secret',
      { steps: [step('a', { inputs: '${{ secrets.X }}' })] },
      [
        'steps[0].inputs: a secret is no value of an expression: it may only stand alone, as ${{ secrets.NAME }}',
      ],
    ],
    [
      'a cycle',
      {
        steps: [
          step('a', { needs: ['c'] }),
          step('b', { inputs: '${{ steps.a.output }}' }),
          step('c', { when: 'steps.b.output' }),
        ],
      },
      ['steps: need each other in a circle: a → b → c → a'],
    ],
    [
      'a step that needs itself',
      { steps: [step('a', { needs: ['a'] })] },
      ['steps: need each other in a circle: a → a'],
    ],
    [
      'a parameters_schema that is none',
      { parameters_schema: { type: 'strng' }, steps: [step('a')] },
      ['parameters_schema.type: must be one of: array, boolean, integer, null, number, object, string'],
    ],
    [
      'a wrong result',
      { steps: [step('a')], result: { x: '${{ steps.b.output }}' } },
      ['result.x: "steps.b" is not a step; allowed: a'],
    ],
    [
      'a macro too deep',
      { steps: [step('a', { when: 'params.a.all(x, x.all(y, y.all(z, z)))' })] },
      ['steps[0].when: macros are nested deeper than 2: all()'],
    ],
  ])('refuses %s', (_what, document, expected) => {
    expect(faults(document)).toEqual(expected);
  });

  it('tells everything that is wrong at once', () => {
    const document = {
      parameters_schema: { $ref: 'https://example.com' },
      steps: [
        step('a', { when: '1 +', inputs: ['${{ nope }}', '${{ steps.nope }}'] }),
        step('a', { needs: ['x'] }),
      ],
      result: '${{ }}',
    };
    expect(faults(document).map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'steps[1].id',
      'parameters_schema',
      'steps[0].when',
      'steps[0].inputs[0]',
      'steps[0].inputs[1]',
      'steps[1].needs[0]',
      'result',
    ]);
  });

  it('compiles 500 steps, and refuses more', () => {
    const steps = Array.from({ length: 500 }, (_, at) =>
      step(`s${at}`, at === 0 ? {} : { inputs: { x: `\${{ steps.s${at - 1}.output }}` } }),
    );
    expect(faults({ steps })).toEqual([]);
    expect(faults({ steps: [...steps, step('last')] })).toEqual(['steps: must have at most 500 items']);
  });
});
