import type { StepDecision } from './decision';
import type { RunState } from './run-state';
import type { Unit } from './unit';

/** Why what has not ended in a run is cancelled: the run ends. @param why the message of the run's own end */
export function runEndsReason(why: string): string {
  return `The run ends: ${why}`;
}

/** Ends a unit that nothing works on, in place, because what it belongs to ends. */
export function cancelUnit(unit: Unit, state: RunState, message: string): StepDecision {
  const { attempt } = state.unit(unit);
  const error = { code: 'CANCELLED', message };
  state.move(unit, 'cancelled', { error });
  return { ...unit, type: 'cancel', attempt, error };
}
