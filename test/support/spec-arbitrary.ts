import fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../src/engine/core/json';

const COMPONENT = '0197c7a0-0000-7000-8000-000000000001';
const WORKFLOW = '0197c7a0-0000-7000-8000-000000000002';

/** Expressions that say nothing about steps: of any type, some of which have no value. */
const PLAIN = [
  'params.n', 'params.n + 1', 'params.list', 'params.?nope.orValue(2)', 'params.nope', 'size(params.list) > 1',
  'params.n / 0', 'json(params)', 'run.id', 'now()', '{"a": [params.n]}',
]; // prettier-ignore

/** Expressions that always give the same: what may stand where. */
const CONDITIONS = ['true', 'false'];
const LISTS = ['[1, 2, 3]', '[]'];
const CONSTANTS = [...CONDITIONS, ...LISTS, '"text"'];

/** Expressions that no workflow may have, and the same for parts of a workflow. */
const BROKEN_EXPRESSIONS = [
  'params.',
  'steps.nowhere.output',
  'unknown(1)',
  'nobody',
  'steps',
  'run.nope',
  '',
];
const BROKEN_SCHEMAS: readonly JsonValue[] = [{ type: 'strin' }, { properties: 7 }, { pattern: '(' }, 'x'];

/**
 * A list of steps to draw.
 *
 * @param prefix begins their ids
 * @param isSound whether nothing may be wrong with them
 * @param known the ids of other steps that their expressions may read
 */
function steps(prefix: string, isSound: boolean, known: readonly string[]): fc.Arbitrary<JsonObject[]> {
  return fc
    .integer({ min: 1, max: 6 })
    .chain((count) =>
      fc.tuple(...Array.from({ length: count }, (_none, at) => step(prefix, at, isSound, known))),
    );
}

function step(
  prefix: string,
  at: number,
  isSound: boolean,
  known: readonly string[],
): fc.Arbitrary<JsonObject> {
  const before = Array.from({ length: at }, (_none, index) => `${prefix}${index}`);
  const readable = [...known, ...before];
  const expression = anExpression(readable, isSound, CONSTANTS);
  const loop = fc.record(
    {
      items: usually(
        'params.list',
        'params.list.filter(x, x != null)',
        ...LISTS,
      )(anExpression(readable, isSound, isSound ? LISTS : CONSTANTS)),
      max_parallel: fc.integer({ min: 1, max: 3 }),
      on_item_error: fc.constantFrom('fail', 'skip'),
    },
    { requiredKeys: ['items'] },
  );
  const retry = fc.record(
    {
      max_attempts: fc.integer({ min: isSound ? 1 : 0, max: 3 }),
      initial_ms: fc.integer({ min: 0, max: 50 }),
      never_on: fc.subarray(['BAD']),
    },
    { requiredKeys: ['max_attempts'] },
  );
  const common = {
    id: isSound
      ? fc.constant(`${prefix}${at}`)
      : seldom(fc.constant(`${prefix}${at}`), fc.constantFrom('s0', 'a-b', '')),
    needs: isSound
      ? fc.subarray(before)
      : seldom<string[]>(
          fc.subarray(before),
          fc.constantFrom([`${prefix}${at}`], ['nowhere'], [`${prefix}9`]),
        ),
    needs_policy: fc.constantFrom('all_succeeded', 'all_done', 'any_succeeded'),
    when: usually(
      'true',
      'params.n > 1',
      'params.n > 5',
      ...before.map((id) => `steps.${id}.status != "failed"`),
    )(anExpression(readable, isSound, isSound ? CONDITIONS : CONSTANTS)),
    retry,
    timeout_seconds: fc.integer({ min: 1, max: 60 }),
    on_error: fc.constantFrom('fail', 'continue'),
  };
  const needed = { requiredKeys: ['id', 'uses'] as ('id' | 'uses')[] };
  const ofItem = fc.oneof(expression, fc.constantFrom('item', 'index', 'item + 1', 'item.id'));
  const called = (called: JsonObject): fc.Arbitrary<JsonObject> => {
    const uses = fc.constant(called);
    return fc.oneof(
      fc.record({ ...common, uses, inputs: anObject(expression) }, needed),
      fc.record(
        { ...common, uses, for_each: loop, inputs: anObject(ofItem) },
        { requiredKeys: [...needed.requiredKeys, 'for_each'] },
      ),
    );
  };
  const builtin = (
    name: string,
    inputs: fc.Arbitrary<JsonValue>,
    more: object = {},
  ): fc.Arbitrary<JsonObject> =>
    fc.record(
      { ...common, ...more, uses: fc.constant({ builtin: name }), inputs },
      { requiredKeys: [...needed.requiredKeys, 'inputs'] },
    );
  const holds = isSound ? {} : { for_each: seldom(fc.constant(undefined), loop) };
  return fc
    .oneof(
      { weight: 3, arbitrary: called({ mcp_definition_id: COMPONENT }) },
      called({ workflow_definition_id: WORKFLOW }),
      builtin('set', fc.oneof(expression.map(whole), anObject(expression)), { for_each: loop }),
      builtin('wait', waitInputs(expression, isSound), { for_each: loop }),
      builtin('fail', fc.record({ message: expression.map((source) => `It is ${whole(source)}`) })),
      builtin('approval', anObject(expression), holds),
      builtin('signal', fc.constantFrom({}, { name: `own_${prefix}${at}` }), holds),
    )
    .map((drawn) => JSON.parse(JSON.stringify(drawn)) as JsonObject);
}

function anExpression(
  readable: readonly string[],
  isSound: boolean,
  constants: readonly string[],
): fc.Arbitrary<string> {
  const aboutSteps = readable.flatMap((id) => [
    `steps.${id}.output`,
    `steps.${id}.status == "succeeded"`,
    `steps.${id}.?output.?n.orValue(0) + 1`,
    `steps.${id}.error.code`,
    `size(steps.${id}.output) > 0`,
  ]);
  const sound = fc.oneof(
    fc.constantFrom(...PLAIN, ...constants),
    ...(aboutSteps.length === 0 ? [] : [fc.constantFrom(...aboutSteps)]),
  );
  return isSound ? sound : seldom(sound, fc.constantFrom(...BROKEN_EXPRESSIONS));
}

function anObject(expression: fc.Arbitrary<string>): fc.Arbitrary<JsonObject> {
  return fc.dictionary(fc.constantFrom('a', 'b'), expression.map(whole));
}

function waitInputs(expression: fc.Arbitrary<string>, isSound: boolean): fc.Arbitrary<JsonValue> {
  const sound = fc.oneof<fc.Arbitrary<JsonValue>[]>(
    fc.record({ seconds: fc.integer({ min: 0, max: 100 }) }),
    fc.record({ until: fc.constant('2026-01-31T10:00:00Z') }),
    fc.record({ seconds: expression.map(whole) }),
    expression.map(whole),
  );
  return isSound
    ? sound
    : seldom(
        sound,
        fc.constantFrom<JsonValue>({}, { seconds: -1 }, { seconds: 1e12 }, { until: 'soon' }, 7, 'soon'),
      );
}

function whole(source: string): string {
  return `\${{ ${source} }}`;
}

/** One of these, or now and then another. */
function usually(...usual: string[]): (odd: fc.Arbitrary<string>) => fc.Arbitrary<string> {
  return (odd) =>
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: odd });
}

function seldom<Value>(usual: fc.Arbitrary<Value>, odd: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

/**
 * What somebody may send as a workflow.
 *
 * @param isSound whether nothing is wrong with it
 */
export function workflowSpecs(isSound: boolean): fc.Arbitrary<JsonObject> {
  return steps('s', isSound, []).chain((main) => {
    const ids = main.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
    const expression = anExpression(ids, isSound, CONSTANTS);
    const schema = fc.constantFrom<JsonValue>(true, { type: 'object', required: ['n'] });
    const whatever = {
      on_failure: fc.oneof(fc.constant<JsonObject[]>([]), steps('f', isSound, ids)),
      result: fc.oneof(expression.map(whole), anObject(expression)),
      max_parallel_steps: fc.integer({ min: isSound ? 1 : 0, max: 3 }),
      timeout_seconds: fc.integer({ min: 1, max: 100 }),
      parameters_schema: isSound ? schema : seldom(schema, fc.constantFrom(...BROKEN_SCHEMAS)),
      concurrency: fc.record({
        key: fc.constantFrom('params.n', 'params.?nope.orValue(1)'),
        max: fc.constant(1),
      }),
    };
    return fc.record(whatever, { requiredKeys: [] }).map((more): JsonObject => ({ ...more, steps: main }));
  });
}
