import { macroOf } from './macros';
import type { SyntaxNode } from './syntax';

/** A path that an expression reads, as far as it is fixed: `steps["a"].output.rows[0]` reads `steps, a, output, rows`. */
export type Reference = readonly [root: string, ...members: string[]];

/** Every path that an expression reads, in order of appearance. Variables of macros are left out. */
export function referencesOf(node: SyntaxNode): Reference[] {
  const found: Reference[] = [];
  collect(node, [], found);
  return found;
}

/** Whether a node gives the same in whatever scope and at whatever time. */
export function isFixed(node: SyntaxNode): boolean {
  return referencesOf(node).length === 0 && !readsClock(node);
}

function readsClock(node: SyntaxNode): boolean {
  if (node.op === 'call' && node.args[0] === 'now') return true;
  return childrenOf(node).some((child) => typeof child !== 'string' && readsClock(child));
}

/** The variables of macros in reach of a node: they hide roots of the same name. */
type Locals = readonly string[];

function collect(node: SyntaxNode, locals: Locals, found: Reference[]): void {
  const chain = chainOf(node);
  if (chain !== null) {
    if (!locals.includes(chain.path[0])) found.push(chain.path);
    for (const index of chain.indexes) collect(index, locals, found);
    return;
  }
  const macro = macroOf(node);
  if (macro !== null) {
    collect(macro.range, locals, found);
    for (const body of macro.bodies) collect(body, [...locals, macro.variable], found);
    return;
  }
  for (const child of childrenOf(node)) collect(child, locals, found);
}

interface Chain {
  readonly path: Reference;
  /** What stands in brackets and is computed. */
  readonly indexes: readonly SyntaxNode[];
}

/** A name with its selections; its path ends where the first computed index stands. */
function chainOf(node: SyntaxNode): Chain | null {
  const selections: SyntaxNode<'.' | '.?' | '[]' | '[?]'>[] = [];
  let inner: SyntaxNode = node;
  while (inner.op === '.' || inner.op === '.?' || inner.op === '[]' || inner.op === '[?]') {
    selections.unshift(inner);
    inner = inner.args[0];
  }
  if (inner.op !== 'id') return null;
  const members: string[] = [];
  const indexes: SyntaxNode[] = [];
  for (const { args } of selections) {
    const key = args[1];
    const member = typeof key === 'string' ? key : key.op === 'value' ? key.args : undefined;
    if (typeof member === 'string' && indexes.length === 0) members.push(member);
    else if (typeof key !== 'string') indexes.push(key);
  }
  return { path: [inner.args, ...members], indexes };
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      // `optional` and `cel` before a dot are namespaces of functions, not names to read.
      return isNamespace(node.args[1]) ? node.args[2] : [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

/** Whether a call's receiver only says where the function belongs: `optional.of(x)`, `cel.bind(…)`. */
export function isNamespace(receiver: SyntaxNode): boolean {
  return receiver.op === 'id' && (receiver.args === 'optional' || receiver.args === 'cel');
}
