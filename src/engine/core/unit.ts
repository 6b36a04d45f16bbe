import type { JsonValue } from './json';
import type { StepStatus } from './states';

/** Names a unit of work: what is attempted, tried again and recorded by itself. A step, or an item of a `for_each`. */
export interface Unit {
  readonly stepId: string;
  /** Place in the list of a `for_each` step, from 0; absent for the step itself. */
  readonly item?: number | undefined;
}

/** Why a unit failed, as it is recorded and as expressions see it. */
export interface StepError {
  readonly code: string;
  readonly message: string;
  readonly details?: JsonValue;
}

/** How far a unit is. */
export interface UnitState {
  readonly status: StepStatus;
  /** The number of its latest attempt, from 1; 0 before the first. */
  readonly attempt: number;
  /** How many of its attempts were lost with their worker. */
  readonly lostAttempts: number;
  /** null until it has succeeded. */
  readonly output: JsonValue;
  /** How many bytes of JSON the output takes; 0 until it has succeeded. */
  readonly outputBytes: number;
  readonly error: StepError | null;
  /** Epoch milliseconds at which a waiting or retrying unit goes on. */
  readonly wakeAt: number | null;
}

/** A unit before anything happened to it. */
export const PENDING: UnitState = {
  status: 'pending',
  attempt: 0,
  lostAttempts: 0,
  output: null,
  outputBytes: 0,
  error: null,
  wakeAt: null,
};

/** The unit's name in messages: `step "a"`, `item 3 of step "a"`. */
export function nameOf({ stepId, item }: Unit): string {
  return item === undefined ? `step "${stepId}"` : `item ${item} of step "${stepId}"`;
}
