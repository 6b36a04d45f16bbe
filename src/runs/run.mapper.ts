import { Json } from '../common/wire/json';
import type { RunResponse } from './dto/run.response';
import type { RunRecord } from './run.repository';

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
