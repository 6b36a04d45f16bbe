import { recordedAttempt } from '../../../test/support/recorded-attempt';
import type { ClaimedRun, RecordedAttempt } from '../store/run-store';
import type { ExecutionTools } from './execution-tools';
import { RunExecution } from './run-execution';

const RUN_ID = '0197c7a0-0000-7000-8000-000000000001';

const recorded = (stepId: string, status: string): RecordedAttempt =>
  recordedAttempt({ runId: RUN_ID, stepId, status });

describe('RunExecution', () => {
  it('knows which nested runs it waits for before it has read its plan: their ends are told of once', () => {
    const claimed: ClaimedRun = {
      id: RUN_ID,
      epoch: 2,
      seq: 5,
      status: 'waiting',
      parameters: {},
      pins: {},
      createdAt: new Date(),
      startedAt: new Date(),
      isRerun: false,
      endsAs: null,
      error: null,
      workflowDefinitionId: null,
      workflowVersionId: null,
      mcpDefinitionId: null,
      tool: null,
      concurrencyKey: null,
      parentRunId: null,
      traceParent: null,
      pinnedWorkflows: null,
      newsCount: 0,
      signals: [],
      nestedEnds: [],
    };
    const attempts = [recorded('done', 'succeeded'), recorded('calls', 'waiting')];
    // Nothing of it is used before the run is driven.
    const execution = new RunExecution(claimed, attempts, 'worker-1', {} as ExecutionTools);
    expect(execution.callingAttempts()).toMatchObject([{ runId: RUN_ID, stepId: 'calls', attempt: 1 }]);
  });
});
