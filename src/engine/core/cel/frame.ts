import type { JsonValue } from '../json';
import type { CelMap, CelValue } from './cel-value';
import type { SyntaxNode } from './syntax';
import type { WorkMeter } from './work-meter';

/** The values of an expression's roots. */
export type Scope = Readonly<Record<string, JsonValue>>;

/** What one evaluation works with. */
export interface Frame {
  /** The {@link Scope}, as what it is inside: any JSON value is a value of CEL. */
  readonly scope: CelMap;
  /** Values of macro variables, by slot. */
  readonly locals: CelValue[];
  readonly meter: WorkMeter;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A compiled node. */
export type Evaluate = (frame: Frame) => CelValue;

/** The names in reach of a node. */
export interface Names {
  readonly roots: readonly string[];
  /** Variables of the macros around the node; a name's place is its slot in the frame. */
  readonly locals: readonly string[];
  readonly macroDepth: number;
}

/** Compiles a node; handed to those who compile a part of the tree, so that they need not import the whole. */
export type CompileNode = (node: SyntaxNode, names: Names) => Evaluate;
