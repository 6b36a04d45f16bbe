import fc from 'fast-check';

import { compileExpression } from '../expression';
import type { JsonObject, JsonValue } from '../json';
import { FUNCTIONS, METHODS } from './functions';
import { WorkMeter } from './work-meter';

const ROOTS = ['params', 'steps', 'run'];

/** Items of each list and map, members of the texts: what is done for each of them, and not paid for, stands out. */
const MANY = 30;
const NUMBERS = Array.from({ length: MANY }, (_none, index) => index);
const DOCUMENTS: JsonObject = {
  n: 2,
  none: null,
  word: 'Ada',
  at: '2026-01-31T23:30:00Z',
  list: NUMBERS,
  words: NUMBERS.map((index) => `word ${index}`),
  rows: NUMBERS.map((id) => ({ id, tags: ['a', 'b'], word: `word ${id}` })),
  row: { id: 7, tags: ['a', 'b'], word: 'word 7' },
  map: Object.fromEntries(NUMBERS.map((index) => [`key ${index}`, index])),
  text: 'aB'.repeat(MANY),
};

/** Counts how often a document is looked into, whoever does it and whether it pays for that or not. */
class Looks {
  count = 0;

  /** The document, counting. What it holds counts as well. */
  watch<Value extends JsonValue>(value: Value): Value {
    if (value === null || typeof value !== 'object') return value;
    return new Proxy(value, {
      get: (target, key, receiver) => {
        this.count += 1;
        return this.watch(Reflect.get(target, key, receiver) as JsonValue);
      },
      ownKeys: (target) => {
        const keys = Reflect.ownKeys(target);
        this.count += keys.length;
        return keys;
      },
    });
  }
}

/** What an expression gives, as far as its author must know: a number, a text, a list, a map, a bool, a time. */
const { N, T, L, M, B, D } = { N: 'N', T: 'T', L: 'L', M: 'M', B: 'B', D: 'D' } as const;
type Kind = typeof N | typeof T | typeof L | typeof M | typeof B | typeof D;
const KINDS: readonly Kind[] = [N, T, L, M, B, D];
/** Any of them. */
const _ = '_';

/** How an operation is written around its operands, with what it gives and takes. */
interface Form {
  readonly gives: Kind | typeof _;
  readonly takes: readonly (Kind | typeof _)[];
  readonly write: (operands: readonly string[]) => string;
}

/** What each function takes, the receiver first, and gives. */
const SIGNATURES: Readonly<Record<string, readonly [gives: Form['gives'], ...takes: Form['takes']]>> = {
  'dyn/1': [_, _],
  'type/1': [_, _],
  'size/1': [N, L],
  'bool/1': [B, B],
  'int/1': [N, N],
  'uint/1': [N, N],
  'double/1': [N, N],
  'string/1': [T, N],
  'json/1': [T, _],
  'parse_json/1': [_, T],
  'matches/2': [B, T, T],
  'sum/1': [N, L],
  'sort/1': [L, L],
  'join/1': [T, L],
  'join/2': [T, L, T],
  'now/0': [D],
  'timestamp/1': [D, N],
  'duration/1': [_, T],
  'contains/2': [B, T, T],
  'startsWith/2': [B, T, T],
  'endsWith/2': [B, T, T],
  'lowerAscii/1': [T, T],
  'upperAscii/1': [T, T],
  'trim/1': [T, T],
  'indexOf/2': [N, T, T],
  'indexOf/3': [N, T, T, N],
  'lastIndexOf/2': [N, T, T],
  'lastIndexOf/3': [N, T, T, N],
  'substring/2': [T, T, N],
  'substring/3': [T, T, N, N],
  'replace/3': [T, T, T, T],
  'split/2': [L, T, T],
  ...Object.fromEntries(
    ['FullYear', 'Month', 'Date', 'DayOfMonth', 'DayOfWeek', 'DayOfYear']
      .concat(['Hours', 'Minutes', 'Seconds', 'Milliseconds'])
      .flatMap((part): [string, readonly [Kind, ...Kind[]]][] => [
        [`get${part}/1`, [N, D]],
        [`get${part}/2`, [N, D, T]],
      ]),
  ),
};

function called(key: string): Form[] {
  const [gives = _, ...takes] = SIGNATURES[key] ?? [];
  const name = key.slice(0, key.indexOf('/'));
  const asFunction: Form = { gives, takes, write: (operands) => `${name}(${operands.join(', ')})` };
  const asMethod: Form = {
    gives,
    takes,
    write: ([receiver, ...others]) => `${receiver}.${name}(${others.join(', ')})`,
  };
  return [...(key in FUNCTIONS ? [asFunction] : []), ...(key in METHODS ? [asMethod] : [])];
}

const operator = (sign: string, gives: Form['gives'], takes: Kind | typeof _): Form => ({
  gives,
  takes: [takes, takes],
  write: ([a, b]) => `(${a} ${sign} ${b})`,
});
const macro = (name: string, gives: Kind, body: Kind | typeof _): Form[] =>
  ([L, M] as const).map((range) => ({
    gives,
    takes: [range, body],
    write: ([over, each]) => `${over}.${name}(y, ${each})`,
  }));

const FORMS: readonly Form[] = [
  ...Object.keys(SIGNATURES).flatMap(called),
  ...['+', '-', '*', '/', '%'].map((sign) => operator(sign, N, N)),
  operator('+', T, T),
  operator('+', L, L),
  ...['==', '!='].flatMap((sign) => [_, T, L, M].map((kind) => operator(sign, B, kind as typeof _))),
  ...['<', '>='].flatMap((sign) => [N, T, D].map((kind) => operator(sign, B, kind as Kind))),
  ...['&&', '||'].map((sign) => operator(sign, B, B)),
  { gives: B, takes: [_, L], write: ([a, b]) => `(${a} in ${b})` },
  { gives: B, takes: [T, M], write: ([a, b]) => `(${a} in ${b})` },
  ...macro('map', L, _),
  ...macro('filter', L, B),
  ...['exists', 'all', 'exists_one'].flatMap((name) => macro(name, B, B)),
  { gives: L, takes: [L, B, _], write: ([range, test, each]) => `${range}.map(y, ${test}, ${each})` },
  { gives: _, takes: [_, _], write: ([value, body]) => `cel.bind(y, ${value}, ${body})` },
  { gives: _, takes: [B, _, _], write: ([a, b, c]) => `(${a} ? ${b} : ${c})` },
  { gives: _, takes: [L, N], write: ([a, b]) => `${a}[${b}]` },
  { gives: _, takes: [M, T, _], write: ([a, b, c]) => `${a}[?${b}].orValue(${c})` },
  { gives: _, takes: [_, _], write: ([a, b]) => `optional.of(${a}).or(optional.of(${b})).value()` },
  { gives: B, takes: [M], write: ([a]) => `${a}.?id.hasValue()` },
  { gives: B, takes: [B], write: ([a]) => `!${a}` },
  { gives: N, takes: [N], write: ([a]) => `-${a}` },
  { gives: L, takes: [_, _], write: ([a, b]) => `[${a}, ${b}]` },
  { gives: M, takes: [_], write: ([a]) => `{"a": ${a}}` },
];

const LEAVES: Readonly<Record<Kind, readonly string[]>> = {
  N: ['params.n', 'x.id', '0', '7', '2.5', 'params.list[7]'],
  T: ['params.word', 'params.text', 'x.word', '"a"', '""', '"Europe/Berlin"', '"(a|b)*a"'],
  L: ['params.list', 'params.words', 'params.rows', 'x.tags', '[]', '[1]'],
  M: ['params.map', 'params.row', 'params', 'x', '{}'],
  B: ['true', 'false', 'has(params.map.id)', 'x.id == 7'],
  D: ['now()', 'timestamp(params.at)'],
};

/** Of each kind a large one and a small one. */
const EXTREMES: Readonly<Record<Kind | typeof _, readonly string[]>> = {
  N: ['params.n', '7'],
  T: ['params.text', '"a"'],
  L: ['params.rows', '[]'],
  M: ['params.map', '{}'],
  B: ['true', 'false'],
  D: ['now()'],
  _: ['params.rows', 'params.map', 'params.text', '[]', '{}'],
};

/** Where an expression is done again and again, with `x` bound to a row. */
const PLACES = [
  'params.rows.map(x, E)',
  'params.rows.exists(x, E == "nothing")',
  'cel.bind(x, params.row, E)',
];
const inPlace = (source: string, place = PLACES[0] ?? ''): string => place.replace('E', () => source);

/**
 * Any expression of the language, as its tree is drawn: mostly of operands that fit, so that most get to do something.
 */
const { any: EXPRESSIONS } = fc.letrec<Record<Kind | 'any', string>>((tie) => {
  const operand = (kind: Kind | typeof _): fc.Arbitrary<string> => tie(kind === _ ? 'any' : kind);
  const ofKind = (kind: Kind): fc.Arbitrary<string> =>
    fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(...LEAVES[kind]),
      ...FORMS.filter(({ gives }) => gives === kind || gives === _).map(({ takes, write }) =>
        fc.tuple(...takes.map(operand)).map(write),
      ),
    );
  return {
    ...(Object.fromEntries(KINDS.map((kind) => [kind, ofKind(kind)])) as Record<Kind, fc.Arbitrary<string>>),
    any: fc.oneof(...KINDS.map((kind) => tie(kind))),
  };
});

/** Every operation, each of its operands once large, once small. */
const OPERATIONS: readonly string[] = FORMS.flatMap(({ takes, write }) =>
  takes
    .reduce<string[][]>(
      (all, kind) => all.flatMap((before) => EXTREMES[kind].map((operand) => [...before, operand])),
      [[]],
    )
    .map(write),
);

describe('an evaluation', () => {
  const spend = Reflect.get<WorkMeter, 'spend'>(WorkMeter.prototype, 'spend');
  let paid = 0;

  beforeAll(() => {
    WorkMeter.prototype.spend = function (units) {
      paid += units;
      spend.call(this, units);
    };
  });

  afterAll(() => {
    WorkMeter.prototype.spend = spend;
  });

  /** Gives how it ended. Its work is bounded (`MAX_WORK`) where it pays for whatever it looks at. */
  function expectPaidFor(source: string): string {
    const compiled = compileExpression(source, ROOTS);
    if (!compiled.ok) return 'refused';
    const looks = new Looks();
    paid = 0;
    const result = compiled.value.evaluate(
      { params: looks.watch(DOCUMENTS), steps: {}, run: {} },
      { now: 0 },
    );
    if (looks.count > 3 * paid + 2 * MANY) {
      throw new Error(`${source} looked ${looks.count} times and paid for ${paid}`);
    }
    return result.ok ? 'value' : result.error.code;
  }

  it('is drawn with every function that there is', () => {
    expect(Object.keys(SIGNATURES).sort()).toEqual(Object.keys({ ...FUNCTIONS, ...METHODS }).sort());
  });

  it('pays for what each operation looks at', () => {
    const ends = OPERATIONS.map((source) => expectPaidFor(inPlace(source)));
    // Most operands fit, so that it is not about faults alone.
    expect(ends.filter((end) => end === 'value').length).toBeGreaterThan(ends.length / 2);
  });

  it('pays for what any expression looks at, and so ends within its bound', () => {
    fc.assert(
      fc.property(EXPRESSIONS, fc.constantFrom(...PLACES), (source, place) => {
        expectPaidFor(inPlace(source, place));
      }),
      { numRuns: 500 },
    );
  });
});
