import type { StepStatus } from './states';
import type { WorkflowPlan } from './workflow-plan';

/**
 * Which steps of an ended run a rerun from `fromStep` takes over as they ended: those that neither are that step nor
 * depend on it, and whose outcome other steps went on with. That is, they succeeded, or failed with
 * `on_error: continue`. What failed the run is done again, and so is what never began. Skipped steps are decided
 * again, which costs nothing: some were only skipped because the run had failed.
 *
 * @param statuses how each step ended, as far as it is recorded
 * @returns ids, in topological order
 */
export function keptSteps(
  plan: WorkflowPlan,
  fromStep: string,
  statuses: ReadonlyMap<string, StepStatus>,
): string[] {
  const redone = new Set([fromStep]);
  const kept: string[] = [];
  for (const { id, needs, onError } of plan.steps) {
    if (needs.some((need) => redone.has(need))) redone.add(id);
    const status = statuses.get(id);
    const isFailure = status === 'failed' || status === 'timed_out';
    const hasCounted = status === 'succeeded' || (isFailure && onError === 'continue');
    if (hasCounted && !redone.has(id)) kept.push(id);
  }
  return kept;
}
