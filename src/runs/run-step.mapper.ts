import type { StepStatus } from '../engine/core/states';
import { Json } from '../common/wire/json';
import type { AttemptResponse, RunStepItemResponse, RunStepResponse } from './dto/run-step.response';
import type { AttemptRecord } from './run-step.repository';
import { sumUsage, toUsageResponse } from './step-usage';
import type { ItemRecord, StepRecord } from './run-step.service';

/** A step with all its attempts as it goes out. */
export function toStepResponse({ stepId, unbegun, attempts, itemCounts }: StepRecord): RunStepResponse {
  const counts = Object.fromEntries(itemCounts.map(({ status, count }) => [status, count]));
  return {
    id: stepId,
    ...outcomeOf(attempts, unbegun),
    itemCounts: itemCounts.length === 0 ? null : new Json(counts),
  };
}

/** An item of a `for_each` step as it goes out. */
export function toItemResponse({ item, attempts }: ItemRecord): RunStepItemResponse {
  return { item, ...outcomeOf(attempts, 'pending') };
}

/** What steps and items have in common. */
function outcomeOf(
  attempts: readonly AttemptRecord[],
  unbegun: StepStatus,
): Omit<RunStepItemResponse, 'item'> {
  const first = attempts[0];
  const last = attempts[attempts.length - 1];
  const startedAt = first?.startedAt ?? null;
  const endedAt = last?.endedAt ?? null;
  return {
    status: last?.status ?? unbegun,
    inputs: new Json(last?.inputs ?? null),
    output: new Json(last?.output ?? null),
    error: new Json(last?.error ?? null),
    startedAt,
    endedAt,
    durationMs: startedAt !== null && endedAt !== null ? endedAt.getTime() - startedAt.getTime() : null,
    usage: sumUsage(attempts),
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
    usage: toUsageResponse(record.usage),
  };
}
