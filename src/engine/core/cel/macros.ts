import { isList, isMap, typeNameOf } from './cel-value';
import type { CelValue } from './cel-value';
import { EvaluationFault, wrong } from './evaluation-fault';
import type { SyntaxNode } from './syntax';
import type { WorkMeter } from './work-meter';

/** A call that binds a variable and evaluates its last arguments with it, perhaps many times. */
export interface MacroCall {
  readonly name: 'all' | 'exists' | 'exists_one' | 'filter' | 'map' | 'bind';
  readonly variable: string;
  /** What the variable runs over; for `bind` its one value. Evaluated outside of the variable's reach. */
  readonly range: SyntaxNode;
  /** Evaluated with the variable. Two for `map(x, condition, value)`, else one. */
  readonly bodies: readonly SyntaxNode[];
}

/** The macro that a node calls, or null: the syntax tree writes macros as calls. */
export function macroOf(node: SyntaxNode): MacroCall | null {
  if (node.op !== 'rcall') return null;
  const [name, receiver, args] = node.args;
  const [variable, ...rest] = args;
  if (variable?.op !== 'id') return null;
  if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel') {
    const [range, ...bodies] = rest;
    return range === undefined || bodies.length !== 1
      ? null
      : { name, variable: variable.args, range, bodies };
  }
  if (!isIterating(name)) return null;
  if (rest.length !== 1 && !(name === 'map' && rest.length === 2)) return null;
  return { name, variable: variable.args, range: receiver, bodies: rest };
}

type IteratingMacro = Exclude<MacroCall['name'], 'bind'>;
const ITERATING: readonly string[] = ['all', 'exists', 'exists_one', 'filter', 'map'];

function isIterating(name: string): name is IteratingMacro {
  return ITERATING.includes(name);
}

/** Evaluates a body with the variable bound to `item`. */
export type Body = (item: CelValue) => CelValue;

/** Runs a macro that iterates: over a list's items or a map's keys. */
export function runMacro(
  name: IteratingMacro,
  range: CelValue,
  bodies: readonly Body[],
  meter: WorkMeter,
): CelValue {
  const items = itemsOf(name, range);
  meter.spendList(items.length);
  const [first, second] = bodies;
  if (first === undefined) throw wrong(`${name}() lacks its body`);
  const test = (item: CelValue): boolean => asCondition(`${name}()`, first(item));
  switch (name) {
    case 'map':
      return second === undefined ? items.map(first) : items.filter(test).map(second);
    case 'filter':
      return items.filter(test);
    case 'exists_one':
      return items.filter(test).length === 1;
    case 'exists':
      return quantify(items, test, true, meter);
    case 'all':
      return quantify(items, test, false, meter);
  }
}

/**
 * Whether some (`decisive` true) or all (`decisive` false) items pass. As CEL says, an item that decides
 * outweighs the faults of others; when none decides, the first fault is the answer.
 */
function quantify(
  items: readonly CelValue[],
  test: (item: CelValue) => boolean,
  decisive: boolean,
  meter: WorkMeter,
): boolean {
  let firstFault: EvaluationFault | undefined;
  for (const item of items) {
    try {
      if (test(item) === decisive) return decisive;
    } catch (error) {
      const fault = absorb(error, meter);
      firstFault ??= fault;
    }
  }
  if (firstFault !== undefined) throw firstFault;
  return !decisive;
}

/** Making, throwing and catching an error takes some microseconds. */
const UNITS_PER_ABSORBED_FAULT = 200;

/** A fault that another operand may outweigh. What was too costly never is: the budget must end everything. */
export function absorb(error: unknown, meter: WorkMeter): EvaluationFault {
  if (!(error instanceof EvaluationFault) || error.code === 'EXPRESSION_TOO_COSTLY') throw error;
  meter.spend(UNITS_PER_ABSORBED_FAULT);
  return error;
}

/** A value that must decide something. */
export function asCondition(what: string, value: CelValue): boolean {
  if (typeof value === 'boolean') return value;
  throw wrong(`${what} needs a condition of type bool, not ${typeNameOf(value)}`);
}

function itemsOf(name: string, range: CelValue): readonly CelValue[] {
  if (isList(range)) return range;
  if (isMap(range)) return Object.keys(range);
  throw wrong(`${name}() runs over a list or a map, not ${typeNameOf(range)}`);
}
