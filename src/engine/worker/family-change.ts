import { v7 as uuidv7 } from 'uuid';

import { currentTraceParent } from '../../common/tracing/tracing';
import { concurrencyPlace } from '../core/concurrency';
import type { WorkflowPlan } from '../core/workflow-plan';
import type { FamilyChange, NestedCall } from '../store/checkpoint';
import { nestedRun, type NewRun } from '../store/new-run';
import type { ClaimedRun } from '../store/run-store';
import type { Turn } from './turn';

/**
 * What a turn changes on other runs: those that it calls, those that it has no more use for, the one that waits for its
 * end, those that wait for its place. Undefined where that is nothing.
 *
 * @param nested the workflows that the run's steps call, by step
 */
export function familyChange(
  run: ClaimedRun,
  nested: ReadonlyMap<string, WorkflowPlan>,
  turn: Turn,
): FamilyChange | undefined {
  const { parentRunId, workflowDefinitionId, concurrencyKey: key } = run;
  const wakes = turn.endsRun ? parentRunId : null;
  const hasPlace = workflowDefinitionId !== null && key !== null;
  const frees = turn.endsRun && hasPlace ? { workflowDefinitionId, key } : null;
  const starts = turn.nestedCalls.map((call) => newNested(run, call, nested.get(call.stepId), turn.at));
  // Not by `nested`: a run also ends because that could not be loaded.
  const settled = run.pinnedWorkflows === null ? [] : settledBy(turn, nested);
  if (starts.length === 0 && settled.length === 0 && wakes === null && frees === null) return undefined;
  return { starts, settled, wakes, frees, at: turn.at };
}

function settledBy(turn: Turn, nested: ReadonlyMap<string, WorkflowPlan>): FamilyChange['settled'] {
  return turn.endsRun ? 'all' : turn.settledAttempts((stepId) => nested.has(stepId));
}

function newNested(
  { id, workflowVersionId, pinnedWorkflows }: ClaimedRun,
  call: NestedCall,
  plan: WorkflowPlan | undefined,
  createdAt: Date,
): NewRun {
  if (workflowVersionId === null || pinnedWorkflows === null)
    throw new Error('The run has no nested workflows');
  // The parameters were found good when the step began, for the key as well.
  const place = concurrencyPlace(plan?.concurrency ?? null, call.parameters);
  const concurrency = place.ok ? place.value : null;
  const made = { id: uuidv7(), createdAt, concurrency, traceParent: currentTraceParent() };
  return nestedRun({ id, workflowVersionId, pinnedWorkflows }, call, made);
}
