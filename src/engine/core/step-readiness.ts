import { isTerminalStepStatus } from './states';
import type { StepStatus } from './states';
import type { NeedsPolicy } from './workflow-spec';

/** A need of a step, as it stands. */
export interface NeedState {
  readonly id: string;
  readonly status: StepStatus;
}

/** What a pending step's needs say: start it, leave it pending, or skip it for a reason. */
export type Readiness =
  { readonly kind: 'ready' } | { readonly kind: 'wait' } | { readonly kind: 'skip'; readonly reason: string };

const READY: Readiness = { kind: 'ready' };
const WAIT: Readiness = { kind: 'wait' };

/**
 * Decides by the step's `needs_policy`:
 *
 * - `all_succeeded`: ready when every need has succeeded; skipped as soon as one ended otherwise. That holds
 *   also for a failed need with `on_error: continue`: the run goes on, but what the step needs is not there.
 *   So a skipped step skips its dependents in turn.
 * - `all_done`: ready when every need has ended, however: skipped and failed ones count.
 * - `any_succeeded`: ready as soon as one need has succeeded; skipped when all ended and none has.
 *
 * Without needs a step is ready under every policy.
 */
export function stepReadiness(policy: NeedsPolicy, needs: readonly NeedState[]): Readiness {
  switch (policy) {
    case 'all_succeeded':
      return afterAllSucceeded(needs);
    case 'all_done':
      return needs.every(hasEnded) ? READY : WAIT;
    case 'any_succeeded':
      return afterAnySucceeded(needs);
  }
}

function afterAllSucceeded(needs: readonly NeedState[]): Readiness {
  const missing = needs.find((need) => hasEnded(need) && need.status !== 'succeeded');
  if (missing !== undefined)
    return skip(`needs "${missing.id}" to succeed, but it ${ending(missing.status)}`);
  return needs.every(({ status }) => status === 'succeeded') ? READY : WAIT;
}

function afterAnySucceeded(needs: readonly NeedState[]): Readiness {
  if (needs.length === 0 || needs.some(({ status }) => status === 'succeeded')) return READY;
  return needs.every(hasEnded) ? skip('none of its needs succeeded') : WAIT;
}

function hasEnded({ status }: NeedState): boolean {
  return isTerminalStepStatus(status);
}

function skip(reason: string): Readiness {
  return { kind: 'skip', reason };
}

function ending(status: StepStatus): string {
  if (status === 'failed') return 'failed';
  return status === 'timed_out' ? 'timed out' : `was ${status}`;
}
