import type { Logger } from '@nestjs/common';
import { AppError } from '../../common/errors/app-error';
import { ERROR_CODES } from '../../common/errors/error-codes';
import type { AttemptFailure, StepOutcome } from '../core/apply-outcome';
import type { JsonValue } from '../core/json';
import type { AttemptResult } from './step-attempt';

/** The largest output of a step, bytes of JSON. It is stored whole and shown whole, so it bounds both. */
export const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** What an attempt's result means for the step. */
export function toOutcome(stepId: string, result: AttemptResult, logger: Logger): StepOutcome {
  if (result.kind === 'failed') return failedOutcome(stepId, result.error, logger);
  const bytes = Buffer.byteLength(JSON.stringify(result.output));
  if (bytes <= MAX_OUTPUT_BYTES) return { stepId, kind: 'succeeded', output: result.output };
  const message = `The output has ${bytes} bytes of JSON; a step may give ${MAX_OUTPUT_BYTES}`;
  return { stepId, kind: 'failed', failure: { code: 'OUTPUT_TOO_LARGE', message, retryable: false } };
}

function failedOutcome(stepId: string, error: unknown, logger: Logger): StepOutcome {
  if (!(error instanceof AppError)) {
    logger.error(
      `Step ${stepId} failed unexpectedly: ${String(error)}`,
      error instanceof Error ? error.stack : undefined,
    );
    const message = 'The component failed unexpectedly: see the log of the worker';
    return { stepId, kind: 'failed', failure: { code: 'INTERNAL', message, retryable: false } };
  }
  if (error.code === 'CANCELLED') return { stepId, kind: 'cancelled' };
  return { stepId, kind: error.code === 'TIMEOUT' ? 'timed_out' : 'failed', failure: toFailure(error) };
}

function toFailure({ code, message, retryable, details }: AppError): AttemptFailure {
  return {
    code,
    message,
    retryable: retryable ?? ERROR_CODES[code].retryable,
    // Through JSON, so that nothing else can get into the record.
    ...(details !== undefined && { details: JSON.parse(JSON.stringify(details)) as JsonValue }),
  };
}
