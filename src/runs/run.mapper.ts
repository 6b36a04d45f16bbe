import { Json } from '../common/wire/json';
import type { AttemptResponse, RunResponse, RunStepResponse } from './dto/run.response';
import type { AttemptRecord, RunRecord } from './run.repository';

/** A run as it goes out. */
export function toRunResponse(run: RunRecord): RunResponse {
  return {
    id: run.id,
    workflowDefinitionId: run.workflowDefinitionId,
    workflowVersion: run.workflowVersion,
    status: run.status,
    parameters: new Json(run.parameters),
    labels: new Json(run.labels),
    result: new Json(run.result),
    error: new Json(run.error),
    cancelRequestedAt: run.cancelRequestedAt,
    wakeAt: run.wakeAt,
    createdAt: run.createdAt,
    updatedAt: run.updatedAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
  };
}

/**
 * A step with all its attempts as it goes out.
 * @param attempts oldest first; empty while the step is pending
 */
export function toStepResponse(stepId: string, attempts: readonly AttemptRecord[]): RunStepResponse {
  const first = attempts[0];
  const last = attempts[attempts.length - 1];
  const startedAt = first?.startedAt ?? null;
  const endedAt = last?.endedAt ?? null;
  return {
    id: stepId,
    status: last?.status ?? 'pending',
    inputs: new Json(last?.inputs ?? null),
    output: new Json(last?.output ?? null),
    error: new Json(last?.error ?? null),
    startedAt,
    endedAt,
    durationMs: startedAt !== null && endedAt !== null ? endedAt.getTime() - startedAt.getTime() : null,
    // A skipped step is recorded once, without an attempt.
    attempts: attempts.filter(({ attempt }) => attempt > 0).map(toAttemptResponse),
  };
}

function toAttemptResponse(record: AttemptRecord): AttemptResponse {
  return {
    attempt: record.attempt,
    status: record.status,
    error: new Json(record.error),
    startedAt: record.startedAt,
    endedAt: record.endedAt,
  };
}
