import type { StepStatus } from '../core/states';
import type { Failure, RunFacts } from '../core/run-records';
import { RunState } from '../core/run-state';
import type { WorkflowPlan } from '../core/workflow-plan';
import { NO_ITEM } from '../store/checkpoint';
import type { ClaimedRun, RecordedAttempt } from '../store/run-store';

/** The state of a claimed run, from what is recorded of its steps. */
export function restoreState(
  plan: WorkflowPlan,
  run: ClaimedRun,
  attempts: readonly RecordedAttempt[],
  checkNested: NonNullable<RunFacts['checkNested']>,
): RunState {
  const { id, createdAt, parameters: params } = run;
  const facts = { id, createdAt: createdAt.toISOString(), params, checkNested };
  const state = restoreAttempts(plan, facts, attempts, failureOf(run));
  for (const signal of run.signals) state.deliver(signal);
  return state;
}

function restoreAttempts(
  plan: WorkflowPlan,
  facts: RunFacts,
  attempts: readonly RecordedAttempt[],
  failure: Failure | null,
): RunState {
  if (attempts.length === 0) return new RunState(plan, facts);
  return RunState.restore(
    plan,
    facts,
    attempts.map(
      ({ stepId, item, attempt, status, openInputs, output, outputBytes, error, wakeAt, endedAt }) => ({
        stepId,
        ...(item !== NO_ITEM && { item }),
        attempt,
        // The table holds what the engine wrote.
        status: status as StepStatus,
        ...(openInputs !== null && { inputs: openInputs }),
        output,
        outputBytes,
        error,
        wakeAt: wakeAt?.getTime() ?? null,
        endedAt: endedAt?.getTime() ?? null,
      }),
    ),
    failure,
  );
}

function failureOf({ endsAs, error }: ClaimedRun): Failure | null {
  return endsAs === null || error === null ? null : { status: endsAs, error };
}
