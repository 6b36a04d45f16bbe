import type { StepDecision } from './decision';
import { failUnit } from './fail-unit';
import type { JsonValue } from './json';
import type { RunState } from './run-state';
import type { Unit } from './unit';
import type { PlannedStep } from './workflow-plan';

/** What a unit gave, and how many bytes of JSON that is: whoever makes it known has measured it. */
export interface Given {
  readonly output: JsonValue;
  readonly bytes: number;
}

/**
 * Ends a unit with what it gave, in place; as failed, where that is more than a unit may give or than its run has room
 * for. Nothing is tried again for that: what another attempt gave would find no more room.
 *
 * @param inputs where the attempt began and ended at once: what it began with
 */
export function succeedUnit(
  step: PlannedStep,
  unit: Unit,
  state: RunState,
  { output, bytes }: Given,
  inputs?: JsonValue,
): StepDecision {
  const fault = state.outputFault(unit, bytes);
  if (fault !== null) {
    // What is too large to be kept as an output is not kept as the inputs of a `set` either.
    return failUnit(step, unit, state, fault, inputs === output ? undefined : inputs);
  }
  const { attempt } = state.unit(unit);
  state.move(unit, 'succeeded', { output, outputBytes: bytes });
  return { ...unit, type: 'succeed', attempt, output, ...(inputs !== undefined && { inputs }) };
}
