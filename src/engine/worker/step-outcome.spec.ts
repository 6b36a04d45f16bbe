import { Logger } from '@nestjs/common';

import type { JsonValue } from '../core/json';
import { toOutcome } from './step-outcome';

const nested = (levels: number): JsonValue =>
  JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as JsonValue;

function outcomeOf(output: JsonValue): object {
  return toOutcome({ stepId: 'call' }, { kind: 'succeeded', output }, new Logger('Test'));
}

describe('the outcome of a step', () => {
  it('is its output, with its size', () => {
    expect(outcomeOf(nested(1_000))).toMatchObject({ kind: 'succeeded', bytes: 2_000 });
  });

  // The second is too deep for JSON.stringify.
  it.each([1_001, 100_000])('is a failure where the output has %d levels', (levels) => {
    expect(outcomeOf(nested(levels))).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'OUTPUT_TOO_LARGE',
        message: 'The output is nested deeper than the 1000 levels that are allowed',
        retryable: false,
      },
    });
  });
});
