import type { Logger } from '@nestjs/common';
import { AppError } from '../../common/errors/app-error';
import { ERROR_CODES } from '../../common/errors/error-codes';
import { exceedsDepth } from '../../common/wire/exceeds-depth';
import type { AttemptFailure, StepOutcome } from '../core/apply-outcome';
import type { JsonValue } from '../core/json';
import { jsonBytes, MAX_OUTPUT_DEPTH, TOO_DEEP } from '../core/output-size';
import { nameOf, type Unit } from '../core/unit';
import type { AttemptResult } from './step-attempt';

/** What an attempt's result means for its unit. */
export function toOutcome(unit: Unit, result: AttemptResult, logger: Logger): StepOutcome {
  if (result.kind === 'failed') return failedOutcome(unit, result.error, logger);
  const { output } = result;
  if (exceedsDepth(output, MAX_OUTPUT_DEPTH)) {
    return { ...unit, kind: 'failed', failure: { ...TOO_DEEP, retryable: false } };
  }
  return { ...unit, kind: 'succeeded', output, bytes: jsonBytes(output) };
}

function failedOutcome(unit: Unit, error: unknown, logger: Logger): StepOutcome {
  if (!(error instanceof AppError)) {
    logger.error(
      `The ${nameOf(unit)} failed unexpectedly: ${String(error)}`,
      error instanceof Error ? error.stack : undefined,
    );
    const message = 'The component failed unexpectedly: see the log of the worker';
    return { ...unit, kind: 'failed', failure: { code: 'INTERNAL', message, retryable: false } };
  }
  if (error.code === 'CANCELLED') return { ...unit, kind: 'cancelled' };
  return { ...unit, kind: error.code === 'TIMEOUT' ? 'timed_out' : 'failed', failure: toFailure(error) };
}

function toFailure({ code, message, retryable, retryAfterMs, details }: AppError): AttemptFailure {
  return {
    code,
    message,
    retryable: retryable ?? ERROR_CODES[code].retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    // Through JSON, so that nothing else can get into the record.
    ...(details !== undefined && { details: JSON.parse(JSON.stringify(details)) as JsonValue }),
  };
}
