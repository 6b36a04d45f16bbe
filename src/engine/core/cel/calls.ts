import { compilePattern } from '../linear-pattern';
import { suggest } from '../suggest';
import type { Call } from './call-arguments';
import { CelOptional, typeNameOf } from './cel-value';
import type { CelValue } from './cel-value';
import { tooCostly, wrong } from './evaluation-fault';
import type { CompileNode, Evaluate, Names } from './frame';
import { FUNCTIONS, METHODS, aritiesOf, findFunction, namesOf } from './functions';
import type { CelFunction, FunctionTable } from './functions';
import { selectOptional } from './selection';
import type { SyntaxNode } from './syntax';

/** `f(x)`. */
export function compileCall(node: SyntaxNode<'call'>, names: Names, compileNode: CompileNode): Evaluate {
  const [name, args] = node.args;
  if (name === 'has') return compileHas(args, names, compileNode);
  const run = findFunction(FUNCTIONS, name, args.length);
  if (run === null) throw unknownFunction(FUNCTIONS, name, args.length, 0);
  return compileArguments(name, run, args, names, compileNode);
}

/** `x.f(y)`, but for macros. */
export function compileMethodCall(
  node: SyntaxNode<'rcall'>,
  names: Names,
  compileNode: CompileNode,
): Evaluate {
  const [name, receiver, args] = node.args;
  if (receiver.op === 'id' && receiver.args === 'optional' && !names.locals.includes('optional')) {
    return compileOptionalMaker(name, args, names, compileNode);
  }
  if (name === 'or' || name === 'orValue')
    return compileOptionalDefault(name, receiver, args, names, compileNode);
  const run = findFunction(METHODS_OF_VALUES, name, args.length + 1);
  if (run === null) {
    // A receiver that is wrong itself explains more than the method that it lacks.
    compileNode(receiver, names);
    throw unknownFunction(METHODS_OF_VALUES, name, args.length, 1);
  }
  return compileArguments(name, run, [receiver, ...args], names, compileNode);
}

const METHODS_OF_VALUES: FunctionTable = {
  ...METHODS,
  'hasValue/1': (call) => heldBy(call.args[0] ?? null, 'hasValue') !== undefined,
  'value/1': (call) => {
    const held = heldBy(call.args[0] ?? null, 'value');
    if (held === undefined) throw wrong('value(): the optional holds nothing');
    return held;
  },
};

function compileArguments(
  name: string,
  run: CelFunction,
  args: readonly SyntaxNode[],
  names: Names,
  compileNode: CompileNode,
): Evaluate {
  const pattern = args[1];
  if (name === 'matches' && pattern?.op === 'value' && typeof pattern.args === 'string') {
    checkPattern(pattern.args);
  }
  const compiled = args.map((arg) => compileNode(arg, names));
  return (frame) => {
    const call: Call = { name, args: compiled.map((arg) => arg(frame)), meter: frame.meter, now: frame.now };
    return run(call);
  };
}

/** `has(a.b)`: whether the last member is there; what comes before it must be. */
function compileHas(args: readonly SyntaxNode[], names: Names, compileNode: CompileNode): Evaluate {
  const [selection] = args;
  if (args.length !== 1 || (selection?.op !== '.' && selection?.op !== '.?')) {
    throw wrong('has() takes one selection, such as has(params.name)');
  }
  const [left, key] = selection.args;
  const container = compileNode(left, names);
  return (frame) => selectOptional(container(frame), key).held !== undefined;
}

/** `x.or(optional)` and `x.orValue(value)`: the argument is evaluated only when `x` holds nothing. */
function compileOptionalDefault(
  name: 'or' | 'orValue',
  receiver: SyntaxNode,
  args: readonly SyntaxNode[],
  names: Names,
  compileNode: CompileNode,
): Evaluate {
  const [fallbackNode] = args;
  if (fallbackNode === undefined || args.length !== 1) throw wrong(`${name}() takes one argument`);
  const optional = compileNode(receiver, names);
  const fallback = compileNode(fallbackNode, names);
  return (frame) => {
    const value = optional(frame);
    const held = heldBy(value, name);
    if (held !== undefined) return name === 'or' ? value : held;
    const instead = fallback(frame);
    if (name === 'or') heldBy(instead, name);
    return instead;
  };
}

/** `optional.of(x)` and `optional.none()`. */
function compileOptionalMaker(
  name: string,
  args: readonly SyntaxNode[],
  names: Names,
  compileNode: CompileNode,
): Evaluate {
  const [held] = args;
  if (name === 'none' && held === undefined) return () => CelOptional.NONE;
  if (name === 'of' && held !== undefined && args.length === 1) {
    const value = compileNode(held, names);
    return (frame) => new CelOptional(value(frame));
  }
  throw wrong(`optional.${name}() is not known; allowed: optional.of(x), optional.none()`);
}

function heldBy(value: CelValue, name: string): CelValue | undefined {
  if (value instanceof CelOptional) return value.held;
  throw wrong(`${name}() applies to what ".?" gives, not to ${typeNameOf(value)}`);
}

function unknownFunction(table: FunctionTable, name: string, given: number, receivers: number): Error {
  const arities = aritiesOf(table, name).map((arity) => arity - receivers);
  if (arities.length > 0) return wrong(`${name}() takes ${arities.join(' or ')} argument(s), not ${given}`);
  return wrong(`${name}() is not a function here${suggest(name, namesOf(table))}`);
}

/** Refuses a fixed pattern when the expression is compiled, rather than each time it runs. */
function checkPattern(pattern: string): void {
  const compiled = compilePattern(pattern);
  if (compiled.ok) return;
  const { tooLarge, message } = compiled.error;
  throw tooLarge ? tooCostly(message) : wrong(message);
}
