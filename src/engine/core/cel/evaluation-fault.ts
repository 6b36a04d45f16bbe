export type ExpressionFaultCode = 'EXPRESSION_ERROR' | 'EXPRESSION_TOO_COSTLY';

/** Why an expression gives no value; also what a refused expression answers. */
export interface ExpressionFault {
  readonly code: ExpressionFaultCode;
  /** A sentence for the expression's author. Holds names and types, never a value. */
  readonly message: string;
}

/** How a fault travels inside the evaluator; it is turned into a {@link ExpressionFault} at the border. */
export class EvaluationFault extends Error {
  constructor(
    readonly code: ExpressionFaultCode,
    message: string,
  ) {
    super(message);
    this.name = 'EvaluationFault';
  }
}

/** The expression is wrong for the values it met. */
export function wrong(message: string): EvaluationFault {
  return new EvaluationFault('EXPRESSION_ERROR', message);
}

/** The expression would take too long or grow too large. */
export function tooCostly(message: string): EvaluationFault {
  return new EvaluationFault('EXPRESSION_TOO_COSTLY', message);
}

/** Whatever was thrown while an expression was compiled or evaluated, as a fault. */
export function toExpressionFault(thrown: unknown): ExpressionFault {
  if (thrown instanceof EvaluationFault) return { code: thrown.code, message: thrown.message };
  // The evaluator recurses along the values it meets: V8 answers endless nesting with a RangeError.
  if (thrown instanceof RangeError) {
    return { code: 'EXPRESSION_TOO_COSTLY', message: 'a value is nested too deeply' };
  }
  return { code: 'EXPRESSION_ERROR', message: 'the expression cannot be evaluated' };
}
