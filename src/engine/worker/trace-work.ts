import { SpanKind } from '@opentelemetry/api';

import { AppError } from '../../common/errors/app-error';
import { withLogFields } from '../../common/logging/log-fields';
import { inSpan, markFailed } from '../../common/tracing/tracing';
import type { Unit } from '../core/unit';
import type { ClaimedRun } from '../store/run-store';
import type { AttemptResult } from './step-attempt';

/**
 * Does a run's work within a span, which goes on with the trace of whoever started the run, and with its id in the log. A
 * run that waits for long, or is taken over, has one span for each stretch that a worker had it.
 */
export function tracedRun(run: ClaimedRun, work: () => Promise<void>): Promise<void> {
  const attributes = {
    'mcp_backend.run.id': run.id,
    ...(run.workflowDefinitionId !== null && { 'mcp_backend.workflow.id': run.workflowDefinitionId }),
  };
  const options = { attributes, kind: SpanKind.CONSUMER, parent: run.traceParent };
  return withLogFields({ run_id: run.id }, () => inSpan('workflow.run', options, work));
}

/** Does the work of a step's attempt within a span, and with the step's id in the log. */
export function tracedAttempt(
  { stepId, item }: Unit,
  attempt: number,
  work: () => Promise<AttemptResult>,
): Promise<AttemptResult> {
  const attributes = {
    'mcp_backend.step.id': stepId,
    'mcp_backend.step.attempt': attempt,
    ...(item !== undefined && { 'mcp_backend.step.item': item }),
  };
  return withLogFields({ step_id: stepId }, () =>
    inSpan('workflow.step', { attributes }, async (span) => {
      const result = await work();
      if (result.kind === 'failed') {
        markFailed(span, result.error instanceof AppError ? result.error.code : 'INTERNAL');
      }
      return result;
    }),
  );
}
