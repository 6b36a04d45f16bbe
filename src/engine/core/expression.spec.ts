import fc from 'fast-check';

import { compileExpression } from './expression';
import type { Scope } from './expression';
import type { JsonValue } from './json';
import { expectBounded } from '../../../test/support/expect-bounded';

const ROOTS = ['params', 'steps', 'run'];
const NOW = Date.parse('2026-01-31T09:30:00.250Z');
const SCOPE: Scope = {
  params: {
    n: 2,
    big: 1e12,
    name: 'Ada',
    none: null,
    list: [1, 2, 3],
    mixed: [1, 'a', null],
    order: { id: 7, 'a-b': true },
    reordered: { b: 'x', a: 1 },
    rows: [
      { id: 1, tags: ['a', 'b'] },
      { id: 2, tags: [] },
    ],
    at: '2026-01-31T23:30:00Z',
    json: '{"a":[1,2]}',
  },
  steps: { orders: { status: 'succeeded', output: { rows: [{ id: 1 }] }, error: null } },
  run: { id: 'r1', created_at: '2026-01-31T09:00:00.000Z' },
};

function evaluate(source: string, scope: Scope = SCOPE): JsonValue | string {
  const compiled = compileExpression(source, ROOTS);
  if (!compiled.ok) return `refused ${compiled.error.code}: ${compiled.error.message}`;
  const result = compiled.value.evaluate(scope, { now: NOW });
  return result.ok ? result.value : `${result.error.code}: ${result.error.message}`;
}

describe('expressions', () => {
  it.each<[source: string, value: JsonValue]>([
    // JSON numbers just work
    ['params.n + 1', 3],
    ['1 + params.n', 3],
    ['params.n * 2 == 4', true],
    ['params.n == 2', true],
    ['2 == params.n', true],
    ['params.n != 2.0', false],
    ['params.n % 2 == 0', true],
    ['params.n / 4', 0.5],
    ['7 / 2', 3],
    ['7.0 / 2', 3.5],
    ['-7 % 3', -1],
    ['-params.n', -2],
    ['params.n > 1 && params.n <= 2', true],
    ['params.big * 1000', 1e15],
    ['size(params.list) > 2', true],
    ['size(params.list) == 3', true],
    ['size(params.list) * params.n', 6],
    ['params.list[params.n]', 3],
    ['params.list == [1, 2, 3]', true],
    ['[1, 2, 3] == params.list', true],
    ['2 in params.list', true],
    ['params.n in [1, 2]', true],
    ['params.list + [4]', [1, 2, 3, 4]],
    ['{"a": 1, "b": "x"} == params.reordered', true],
    ['params.mixed == [1, "a", null]', true],
    ['params.name == 2', false],
    ['params.none == null', true],
    ['1u + 1', 2],
    ['0x10', 16],
    // selection
    ['params.order["a-b"]', true],
    ['params["order"].id', 7],
    ['params.?missing.orValue(1)', 1],
    ['params.?order.id.orValue(1)', 7],
    ['params.?order.?nope.?deeper.orValue("d")', 'd'],
    ['params.?none.?deeper.orValue("d")', 'd'],
    ['params.?none.orValue("d")', null],
    ['params.list[?9].orValue(0)', 0],
    ['params.?missing', null],
    ['params.?n', 2],
    ['params.?missing.or(params.?n).value()', 2],
    ['params.?missing.hasValue()', false],
    ['optional.of(1).orValue(2)', 1],
    ['optional.none().orValue(2)', 2],
    ['has(params.n)', true],
    ['has(params.missing)', false],
    ['has(params.__proto__)', false],
    ['"id" in params.order', true],
    ['"constructor" in params.order', false],
    ['{1: "a"}[1]', 'a'],
    ['steps.orders.output.rows[0].id', 1],
    ['{"__proto__": 1}.__proto__', 1],
    // logic
    ['params.n == 2 ? "two" : "other"', 'two'],
    ['params.missing == 1 || true', true],
    ['params.missing == 1 && false', false],
    ['!(1 > 2)', true],
    // macros
    ['params.list.map(x, x * 2)', [2, 4, 6]],
    ['params.list.map(x, x > 1, x * 2)', [4, 6]],
    ['params.list.filter(x, x != 2)', [1, 3]],
    ['params.list.exists(x, x == 3)', true],
    ['params.list.all(x, x > 1)', false],
    ['params.list.exists_one(x, x == 3)', true],
    ['params.mixed.exists(x, x == "a" || x > 5)', true],
    ['params.rows.map(r, r.tags.map(t, t + string(r.id)))', [['a1', 'b1'], []]],
    ['params.order.map(k, k)', ['id', 'a-b']],
    ['cel.bind(x, params.n + 1, x * x)', 9],
    ['[1].map(params, params)', [1]],
    // text
    ['"a" + params.name', 'aAda'],
    ['params.name.matches("^A.a$")', true],
    ['matches(params.name, "d")', true],
    ['params.name.startsWith("A") && params.name.endsWith("a") && params.name.contains("d")', true],
    ['" x ".trim() + "AB".lowerAscii() + "ab".upperAscii()', 'xabAB'],
    ['"a,b".split(",")', ['a', 'b']],
    ['"abc".substring(1) + "abc".substring(0, 1)', 'bca'],
    ['"abcb".indexOf("b") + "abcb".lastIndexOf("b") + "abcb".indexOf("b", 2)', 7],
    ['"a-b-c".replace("-", "+")', 'a+b+c'],
    ['size("a😀")', 2],
    ['"abc".size()', 3],
    // additions and conversions
    ['json(params.list)', '[1,2,3]'],
    ['json({"a": 1})', '{"a":1}'],
    ['parse_json(params.json).a[1]', 2],
    ['sum(params.list)', 6],
    ['sum([])', 0],
    ['params.list.sum() / 4', 1.5],
    ['join(params.list, "-")', '1-2-3'],
    ['["a", "b"].join()', 'ab'],
    ['sort([3, 1.5, 2])', [1.5, 2, 3]],
    ['sort(["b", "a"])', ['a', 'b']],
    ['now()', '2026-01-31T09:30:00.250Z'],
    ['now() - timestamp(run.created_at)', '1800.25s'],
    ['now() - duration("30m") < now()', true],
    ['timestamp(params.at).getDate("Europe/Berlin")', 1],
    ['timestamp(params.at).getFullYear() * 100 + timestamp(params.at).getMonth()', 202600],
    ['timestamp(params.at).getDayOfYear()', 30],
    ['timestamp(params.at).getDayOfWeek()', 6],
    ['duration("1h30m").getMinutes()', 90],
    ['duration("-1.5s")', '-1.5s'],
    ['int("42") + int(2.9)', 44],
    ['double("1.5")', 1.5],
    ['string(1) + string(true) + string(1.5)', '1true1.5'],
    ['bool("true")', true],
    ['type(params.n) == double', true],
    ['type(1) == int', true],
    ['dyn(1)', 1],
    ['[1, "a", null, true]', [1, 'a', null, true]],
  ])('%s gives %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  it.each<[source: string, message: string]>([
    ['params.missing', 'EXPRESSION_ERROR: "params.missing" is missing'],
    ['params.order.nope.deeper', 'EXPRESSION_ERROR: "params.order.nope" is missing'],
    ['params.none.x', '"params.none" is null_type and has no members: "params.none.x" is missing'],
    ['params.name.first', '"params.name" is string'],
    ['params.list[3]', '"params.list[3]" is not in the list: it has 3 items'],
    ['steps.orders.output.rows[0].nope', '"steps.orders.output.rows[0].nope" is missing'],
    ['params.order.__proto__', '"params.order.__proto__" is missing'],
    ['params.order.constructor', '"params.order.constructor" is missing'],
    ['1 + "a"', 'EXPRESSION_ERROR: "+" does not apply to int and string'],
    ['params.name < 1', '"<" does not apply to string and int'],
    ['1 / 0', 'division by zero'],
    ['params.n % 0', 'division by zero'],
    ['9223372036854775807 + 1', 'an int leaves its 64 bits'],
    ['params.n ? 1 : 2', '"?:" needs a condition of type bool, not double'],
    ['params.missing == 1 || false', '"params.missing" is missing'],
    ['params.list.map(x, x.y)', '"x" is double and has no members'],
    ['params.list.filter(x, 1)', 'filter() needs a condition of type bool, not int'],
    ['params.n.map(x, x)', 'map() runs over a list or a map, not double'],
    ['sum(["a", "b"])', 'sum() takes int or double, not string'],
    ['sort([1, "a"])', '"sort" does not apply to'],
    ['join([{}], ",")', 'join() makes no text of map: use json()'],
    ['parse_json("{")', 'parse_json() takes a text that is JSON'],
    ['1e300 * 1e300', 'the result is not a finite number'],
    ['timestamp("yesterday")', 'timestamp() takes RFC 3339'],
    ['now().getHours("Atlantis/Deep")', 'takes the IANA name of a time zone'],
    ['"abc".substring(5)', 'position 5 is outside of a text of 3'],
  ])('%s fails with "%s"', (source, message) => {
    expect(evaluate(source)).toContain(message);
  });

  it.each<[source: string, message: string]>([
    ['', 'the expression is empty'],
    ['1 +', 'refused EXPRESSION_ERROR: Unexpected token: EOF at character 4'],
    ['item.x', '"item" is not known; allowed: params, steps, run'],
    ['param.x', '"param" is not known; allowed: params, steps, run'],
    ['secrets.TOKEN', 'a secret is no value of an expression'],
    ['process.exit(1)', '"process" is not known'],
    ['nope(1)', 'nope() is not a function here'],
    ['params.name.startWith("A")', 'did you mean "startsWith"?'],
    ['size(1, 2)', 'size() takes 1 argument(s), not 2'],
    ['params.name.matches("(")', 'the pattern is no RE2 regular expression'],
    ['params.name.matches("(?=a)")', 'the pattern is no RE2 regular expression'],
    ['b"abc"', 'bytes are not supported'],
    ['has(params)', 'has() takes one selection'],
    ['[1].map(1, 2)', 'refused EXPRESSION_ERROR'],
    [
      'params.a.map(x, x.map(y, y.map(z, z)))',
      'refused EXPRESSION_TOO_COSTLY: macros are nested deeper than 2: map()',
    ],
    [
      `"${'a'.repeat(5000)}"`,
      'refused EXPRESSION_TOO_COSTLY: the expression has 5002 characters; 4096 are allowed',
    ],
    ['('.repeat(500) + '1' + ')'.repeat(500), 'refused EXPRESSION_TOO_COSTLY: the expression is too large'],
    [
      Array.from({ length: 1200 }, () => '1').join('+'),
      'refused EXPRESSION_TOO_COSTLY: the expression is too large',
    ],
  ])('%.60s is refused with "%s"', (source, message) => {
    expect(evaluate(source)).toContain(message);
  });

  it.each<[source: string, references: string[][]]>([
    ['steps.orders.output.rows[0].id', [['steps', 'orders', 'output', 'rows']]],
    ['steps["a-b"].output', [['steps', 'a-b', 'output']]],
    [
      'steps.?a.output.orValue(params.x)',
      [
        ['steps', 'a', 'output'],
        ['params', 'x'],
      ],
    ],
    ['steps[?"a"]', [['steps', 'a']]],
    ['steps[params.which].output', [['steps'], ['params', 'which']]],
    ['params.list.map(steps, steps.x)', [['params', 'list']]],
    [
      'steps.a.output.filter(x, x.id == steps.b.output.id)',
      [
        ['steps', 'a', 'output'],
        ['steps', 'b', 'output', 'id'],
      ],
    ],
    ['cel.bind(x, steps.a, x.y)', [['steps', 'a']]],
    ['has(steps.a.output)', [['steps', 'a', 'output']]],
    ['{"a": [params.a]}', [['params', 'a']]],
    [
      '-params.a > 1 ? !params.b : params.c.size() == 1',
      [
        ['params', 'a'],
        ['params', 'b'],
        ['params', 'c'],
      ],
    ],
  ])('%s refers to %j', (source, references) => {
    const compiled = compileExpression(source, ROOTS);
    expect(compiled.ok && compiled.value.references).toEqual(references);
  });

  it('hands out plain JSON only, whatever is computed', () => {
    expect(
      evaluate('{"int": size("ab"), "in": [[1u]], "optional": optional.of(2), "type": type(1)}'),
    ).toEqual({
      int: 2,
      in: [[1]],
      optional: 2,
      type: 'int',
    });
  });

  it('gives back a part of the scope as it is, without walking it', () => {
    const rows = Array.from({ length: 300_000 }, (_, id) => ({ id }));
    const compiled = compileExpression('params.rows', ROOTS);
    const result = compiled.ok && compiled.value.evaluate({ params: { rows } });
    expect(result).toEqual({ ok: true, value: rows });
  });
});

describe('costly expressions', () => {
  const list = Array.from({ length: 10_000 }, (_, index) => index);
  const scope: Scope = {
    params: {
      list,
      long: [...list, 0],
      text: 'a'.repeat(1_000_000),
      words: list.map((index) => 'a'.repeat(500) + String(index)),
      evil: '(a?){300}a{300}',
      mixed: 'aB'.repeat(500_000),
      map: Object.fromEntries(list.map((index) => [`key ${index}`, index])),
      deep: JSON.parse('['.repeat(5000) + ']'.repeat(5000)) as JsonValue,
    },
    steps: {},
    run: {},
  };

  it.each([
    'params.list.map(x, params.list.map(y, x * y))',
    'params.list.exists(x, params.list.exists(y, y.nope))',
    'params.list.all(x, params.list.all(y, true || x.nope))',
    'params.list.map(x, params.text.contains("b"))',
    'params.list.map(x, params.text)',
    'json(params.list.map(x, params.list))',
    'params.list.map(x, params.list == params.list.map(y, y))',
    'params.long.map(x, x)',
    'params.list.map(x, sort(params.words))',
    'params.list.map(x, params.list + params.list)',
    'params.list.map(x, json(params.words))',
    'params.list.map(x, "b".matches(string(x) + params.evil))',
    'params.text.matches(params.evil)',
    'params.words.map(w, params.text + w)',
    'params.text.split("")',
    'params.text.replace("a", "aaaaaaaaaaaaaaaa")',
    'join(params.words.map(w, params.text), ",")',
    'params.list.map(x, now().getHours("Europe/Berlin"))',
    'params.list.map(x, params.mixed.lowerAscii())',
    'params.list.map(x, {} == params.map)',
    `params.text${'.replace("a", "aa")'.repeat(40)}`,
    '"a".matches("a{1000}".replace("a", "(aaaaaaaaaaaaaaa)"))',
  ])('%s ends as EXPRESSION_TOO_COSTLY', (source) => {
    expect(expectBounded(() => evaluate(source, scope))).toContain('EXPRESSION_TOO_COSTLY');
  });

  it('does not overflow the stack on deeply nested documents', () => {
    expect(typeof evaluate('json(params.deep) == "" || params.deep == [params.deep]', scope)).not.toBe(
      'undefined',
    );
  });

  it('terminates and never throws for any generated expression', () => {
    const leaf = fc.constantFrom(
      'params', 'params.list', 'params.n', 'params.name', 'params.rows', 'params.order', 'params.missing',
      'steps.orders.output', 'x', '1', '2.5', '"a"', 'null', 'true', '[]', '{}', 'now()', 'duration("1s")',
    ); // prettier-ignore
    const { tree } = fc.letrec<{ tree: string }>((tie) => {
      const node = tie('tree');
      return {
        tree: fc.oneof(
          { maxDepth: 5, withCrossShrink: true },
          leaf,
          fc
            .tuple(node, fc.constantFrom('+', '-', '*', '/', '%', '==', '<', 'in', '&&', '||'), node)
            .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
          fc
            .tuple(node, fc.constantFrom('map', 'filter', 'exists', 'all', 'exists_one'), node)
            .map(([range, macro, body]) => `${range}.${macro}(x, ${body})`),
          fc
            .tuple(
              fc.constantFrom(
                'size',
                'json',
                'sum',
                'sort',
                'string',
                'int',
                'type',
                'timestamp',
                'parse_json',
              ),
              node,
            )
            .map(([name, argument]) => `${name}(${argument})`),
          fc
            .tuple(
              node,
              fc.constantFrom('.id', '.?id', '[0]', '[?"a"]', '.size()', '.orValue(1)', '.join(",")'),
            )
            .map(([value, suffix]) => `${value}${suffix}`),
          fc.tuple(node, node, node).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
          fc.array(node, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
        ),
      };
    });
    fc.assert(
      fc.property(tree, (source) => {
        const result = evaluate(`[1].map(x, ${source})`);
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      }),
      { numRuns: 400 },
    );
  });

  it('never throws for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        expect(() => evaluate(source)).not.toThrow();
      }),
    );
  });
});
