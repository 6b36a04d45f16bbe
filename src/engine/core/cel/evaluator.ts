import { serialize } from '@marcbachmann/cel-js';

import { compileCall, compileMethodCall } from './calls';
import { CEL_TYPE_NAMES, CelType, entryOf, keyOf, typeNameOf } from './cel-value';
import type { CelValue } from './cel-value';
import { tooCostly, wrong } from './evaluation-fault';
import type { Evaluate, Frame, Names } from './frame';
import { MAX_MACRO_DEPTH } from './limits';
import { absorb, asCondition, macroOf, runMacro } from './macros';
import type { MacroCall } from './macros';
import { applyBinary, negate } from './operators';
import { select, selectOptional } from './selection';
import type { SelectionText } from './selection';
import type { SyntaxNode } from './syntax';

/**
 * Turns a syntax tree into nested closures. Every closure pays a unit of work before it does anything, so
 * that no combination of nodes runs without bound.
 *
 * @throws EvaluationFault for unknown names, functions and too deeply nested macros
 */
export function compileNode(node: SyntaxNode, names: Names): Evaluate {
  const evaluate = compileOperation(node, names);
  return (frame) => {
    frame.meter.spend(1);
    return evaluate(frame);
  };
}

function compileOperation(node: SyntaxNode, names: Names): Evaluate {
  switch (node.op) {
    case 'value':
      return compileLiteral(node);
    case 'id':
      return compileName(node.args, names);
    case '.':
    case '[]':
    case '.?':
    case '[?]':
      return compileSelection(node, names);
    case 'list':
      return compileList(node.args, names);
    case 'map':
      return compileMap(node.args, names);
    case '?:':
      return compileChoice(node.args, names);
    case '&&':
      return compileLogic(node.args, false, names);
    case '||':
      return compileLogic(node.args, true, names);
    case '!_': {
      const operand = compileNode(node.args, names);
      return (frame) => !asCondition('"!"', operand(frame));
    }
    case '-_': {
      const operand = compileNode(node.args, names);
      return (frame) => negate(operand(frame));
    }
    case 'call':
      return compileCall(node, names, compileNode);
    case 'rcall': {
      const macro = macroOf(node);
      return macro === null ? compileMethodCall(node, names, compileNode) : compileMacro(macro, names);
    }
    default: {
      const left = compileNode(node.args[0], names);
      const right = compileNode(node.args[1], names);
      const operator = node.op;
      return (frame) => applyBinary(operator, left(frame), right(frame), frame.meter);
    }
  }
}

function compileLiteral(node: SyntaxNode<'value'>): Evaluate {
  const literal = node.args;
  if (literal instanceof Uint8Array) throw wrong('bytes are not supported: JSON has none');
  // 1u: JSON has no unsigned numbers; it counts as int.
  const value = typeof literal === 'object' && literal !== null ? literal.value : literal;
  return () => value;
}

function compileName(name: string, names: Names): Evaluate {
  const slot = names.locals.lastIndexOf(name);
  if (slot >= 0) return ({ locals }) => locals[slot] ?? null;
  if (names.roots.includes(name)) {
    return ({ scope }) => {
      const value = entryOf(scope, name);
      if (value === undefined) throw wrong(`"${name}" is missing`);
      return value;
    };
  }
  const typeName = name === 'uint' ? 'int' : CEL_TYPE_NAMES.find((known) => known === name);
  if (typeName !== undefined) {
    const type = new CelType(typeName);
    return () => type;
  }
  throw unknownName(name, names);
}

function unknownName(name: string, { roots, locals }: Names): Error {
  if (name === 'secrets') {
    return wrong('a secret is no value of an expression: write ${{ secrets.NAME }} alone, in a component');
  }
  return wrong(`"${name}" is not known; allowed: ${[...roots, ...locals].join(', ') || 'no names'}`);
}

/** `a.b`, `a[b]`, `a.?b`, `a[?b]`: one closure; the name is fixed or computed. */
function compileSelection(node: SyntaxNode<'.' | '[]' | '.?' | '[?]'>, names: Names): Evaluate {
  const [left, right] = node.args;
  const container = compileNode(left, names);
  const key: Evaluate = typeof right === 'string' ? () => right : compileNode(right, names);
  if (node.op === '.?' || node.op === '[?]') return (frame) => selectOptional(container(frame), key(frame));
  const text: SelectionText = { container: () => serialize(left), whole: () => serialize(node) };
  return (frame) => select(container(frame), key(frame), text);
}

function compileList(items: readonly SyntaxNode[], names: Names): Evaluate {
  const compiled = items.map((item) => compileNode(item, names));
  return (frame) => compiled.map((item) => item(frame));
}

function compileMap(entries: readonly (readonly [SyntaxNode, SyntaxNode])[], names: Names): Evaluate {
  const compiled = entries.map(
    ([key, value]) => [compileNode(key, names), compileNode(value, names)] as const,
  );
  return (frame) => {
    const pairs = compiled.map(([key, value]) => [mapKey(key(frame)), value(frame)] as const);
    return Object.fromEntries(pairs);
  };
}

function mapKey(key: CelValue): string {
  const name = keyOf(key);
  if (name === null) throw wrong(`a map's key is a string, int or bool, not ${typeNameOf(key)}`);
  return name;
}

function compileChoice(parts: readonly SyntaxNode[], names: Names): Evaluate {
  const [condition, positive, negative] = parts.map((part) => compileNode(part, names));
  if (condition === undefined || positive === undefined || negative === undefined)
    throw wrong('"?:" lacks a part');
  return (frame) => (asCondition('"?:"', condition(frame)) ? positive(frame) : negative(frame));
}

/** `&&` (decided by false) and `||` (by true): an operand that decides outweighs the other's fault. */
function compileLogic(
  [leftNode, rightNode]: readonly [SyntaxNode, SyntaxNode],
  decisive: boolean,
  names: Names,
): Evaluate {
  const operator = decisive ? '"||"' : '"&&"';
  const left = compileNode(leftNode, names);
  const right = compileNode(rightNode, names);
  return (frame) => {
    let fault: Error | undefined;
    try {
      if (asCondition(operator, left(frame)) === decisive) return decisive;
    } catch (error) {
      fault = absorb(error, frame.meter);
    }
    if (asCondition(operator, right(frame)) === decisive) return decisive;
    if (fault !== undefined) throw fault;
    return !decisive;
  };
}

function compileMacro(macro: MacroCall, names: Names): Evaluate {
  const { name } = macro;
  const macroDepth = names.macroDepth + (name === 'bind' ? 0 : 1);
  if (macroDepth > MAX_MACRO_DEPTH) {
    throw tooCostly(`macros are nested deeper than ${MAX_MACRO_DEPTH}: ${name}()`);
  }
  const range = compileNode(macro.range, names);
  const slot = names.locals.length;
  const inner: Names = { ...names, locals: [...names.locals, macro.variable], macroDepth };
  const bodies = macro.bodies.map((body) => compileNode(body, inner));
  const withVariable = (frame: Frame, body: Evaluate) => (item: CelValue) => {
    frame.locals[slot] = item;
    return body(frame);
  };
  if (name === 'bind') {
    const [body] = bodies;
    if (body === undefined) throw wrong('cel.bind() lacks its body');
    return (frame) => withVariable(frame, body)(range(frame));
  }
  return (frame) =>
    runMacro(
      name,
      range(frame),
      bodies.map((body) => withVariable(frame, body)),
      frame.meter,
    );
}
