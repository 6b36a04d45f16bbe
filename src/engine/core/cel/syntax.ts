import { Environment, ParseError } from '@marcbachmann/cel-js';
import type { ASTNode, ASTOperator } from '@marcbachmann/cel-js';

import { tooCostly, wrong } from './evaluation-fault';
import { MAX_AST_DEPTH, MAX_AST_NODES, MAX_EXPRESSION_LENGTH } from './limits';

/** A node of the syntax tree, of any operator or of the one named. */
export type SyntaxNode<Operator extends ASTOperator = ASTOperator> = Extract<ASTNode, { op: Operator }>;

const environment = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: {
    maxAstNodes: MAX_AST_NODES,
    maxDepth: MAX_AST_DEPTH,
    maxListElements: MAX_AST_NODES,
    maxMapEntries: MAX_AST_NODES,
  },
});

/**
 * The syntax tree of an expression. cel-js gives the grammar only; our own evaluator (evaluator.ts) walks
 * the tree. cel-js's was turned down: it chooses overloads by a list's first item, so that
 * `[1, 2] == params.list` is false for JSON numbers without a word, it has no bound of work, and none can be
 * added, because `||` and the quantifiers swallow whatever is thrown inside of them.
 *
 * @throws EvaluationFault when the source is no expression or too large
 */
export function parse(source: string): SyntaxNode {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw tooCostly(`the expression has ${source.length} characters; ${MAX_EXPRESSION_LENGTH} are allowed`);
  }
  if (source.trim() === '') throw wrong('the expression is empty');
  try {
    return environment.parse(source).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.code === 'limit_exceeded') throw tooCostly('the expression is too large or nested too deeply');
    const at = error.range === undefined ? '' : ` at character ${error.range.start + 1}`;
    throw wrong(`${error.summary}${at}`);
  }
}
