import { Json } from '../common/wire/json';
import type { RunResponse, RunSummaryResponse } from './dto/run.response';
import type { RunRecord, RunSummary } from './run.repository';

/** A run as it goes out by itself. */
export function toRunResponse(run: RunRecord): RunResponse {
  return Object.assign(toRunSummaryResponse(run), {
    parameters: new Json(run.parameters),
    result: new Json(run.result),
  });
}

/** A run as it goes out in a list. */
export function toRunSummaryResponse(run: RunSummary): RunSummaryResponse {
  return {
    id: run.id,
    workflowDefinitionId: run.workflowDefinitionId,
    workflowVersion: run.workflowVersion,
    mcpDefinitionId: run.mcpDefinitionId,
    mcpVersion: run.mcpVersion,
    tool: run.tool,
    status: run.status,
    labels: new Json(run.labels),
    error: new Json(run.error),
    rerunOf: run.rerunOf,
    parentRunId: run.parentRunId,
    parentStepId: run.parentStepId,
    cancelRequestedAt: run.cancelRequestedAt,
    wakeAt: run.wakeAt,
    createdAt: run.createdAt,
    updatedAt: run.updatedAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
  };
}
