import { toJson } from './cel/cel-value';
import type { CelMap } from './cel/cel-value';
import { toExpressionFault, wrong } from './cel/evaluation-fault';
import type { ExpressionFault } from './cel/evaluation-fault';
import { compileNode } from './cel/evaluator';
import type { Evaluate, Scope } from './cel/frame';
import { isFixed, referencesOf } from './cel/references';
import type { Reference } from './cel/references';
import { parse } from './cel/syntax';
import type { SyntaxNode } from './cel/syntax';
import { WorkMeter } from './cel/work-meter';
import type { JsonValue } from './json';
import { fail, ok } from './result';
import type { Result } from './result';

export type { ExpressionFault, Reference, Scope };

/** What an evaluation may be told beside its scope. */
export interface EvaluationOptions {
  /** What `now()` gives, in epoch milliseconds. Defaults to the clock. */
  readonly now?: number;
  /** Of this evaluation alone: tells afterwards how much work it was. */
  readonly meter?: WorkMeter;
}

/** A checked expression, ready to be evaluated any number of times. */
export interface Expression {
  readonly source: string;
  /** The paths that it reads, as far as they are fixed. */
  readonly references: readonly Reference[];
  /** Whether it reads neither its scope nor the clock: it always gives the same, or always fails. */
  readonly isConstant: boolean;
  /** The value as plain JSON. Never throws, and ends within the bounds of cel/limits.ts. */
  evaluate(scope: Scope, options?: EvaluationOptions): Result<JsonValue, ExpressionFault>;
}

/**
 * Checks and compiles an expression in CEL, the Common Expression Language
 * (https://github.com/google/cel-spec). `roots` are the names that its scope will hold.
 *
 * Where we differ from CEL, for the sake of JSON: int and double mix freely (`params.n + 1`), `==` compares
 * any two values, `%` works on doubles, dividing by zero is an error in both number types, there are no
 * bytes and no unsigned numbers, and an optional that holds nothing ends as null.
 */
export function compileExpression(
  source: string,
  roots: readonly string[],
): Result<Expression, ExpressionFault> {
  try {
    const tree = parse(source);
    const references = referencesOf(tree);
    const unknown = references.find((path) => path[0] === 'secrets');
    if (unknown !== undefined && !roots.includes('secrets')) {
      throw wrong('a secret is no value of an expression: it may only stand alone, as ${{ secrets.NAME }}');
    }
    const evaluate = compileNode(tree, { roots, locals: [], macroDepth: 0 });
    return ok(new CompiledExpression(source, references, isFixed(tree), evaluate, isSelection(tree)));
  } catch (error) {
    return fail(toExpressionFault(error));
  }
}

class CompiledExpression implements Expression {
  constructor(
    readonly source: string,
    readonly references: readonly Reference[],
    readonly isConstant: boolean,
    private readonly run: Evaluate,
    /** It only picks a part of the scope, which is JSON already: nothing to convert, however large. */
    private readonly picks: boolean,
  ) {}

  evaluate(
    scope: Scope,
    { now = Date.now(), meter = new WorkMeter() }: EvaluationOptions = {},
  ): Result<JsonValue, ExpressionFault> {
    // By way of unknown: typescript-eslint 8.73 recurses without end where JsonValue is assigned to CelValue.
    const values = scope as unknown as CelMap;
    try {
      const value = this.run({ scope: values, locals: [], meter, now });
      return ok(this.picks ? (value as JsonValue) : toJson(value, meter));
    } catch (error) {
      return fail(toExpressionFault(error));
    }
  }
}

function isSelection(node: SyntaxNode): boolean {
  if (node.op === 'id') return true;
  if (node.op === '.') return isSelection(node.args[0]);
  return node.op === '[]' && node.args[1].op === 'value' && isSelection(node.args[0]);
}
