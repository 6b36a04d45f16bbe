import type { Decision } from '../core/decision';
import type { JsonValue } from '../core/json';
import type { Unit } from '../core/unit';
import type { Turn } from './turn';

/** A unit to start once its start is on disk. */
export interface UnitStart extends Unit {
  readonly attempt: number;
  readonly inputs: JsonValue;
}

/** Writes a decision of the core into the turn. Gives the unit to start, if that is what was decided. */
export function recordDecision(decision: Decision, turn: Turn): UnitStart | null {
  switch (decision.type) {
    case 'start':
      turn.unitStarted(decision, decision.attempt, decision.inputs);
      return decision;
    case 'open':
      turn.unitStarted(decision, decision.attempt, decision.inputs);
      return null;
    case 'wait':
      turn.unitStarted(decision, decision.attempt, decision.inputs);
      turn.unitEnded(decision, decision.attempt, {
        status: 'waiting',
        ...(decision.wakeAt !== null && { wakeAt: new Date(decision.wakeAt) }),
      });
      return null;
    case 'call':
      turn.nestedCalled(decision, decision.attempt, decision.inputs, decision.wakeAt);
      return null;
    case 'succeed':
      if (decision.inputs !== undefined) turn.unitStarted(decision, decision.attempt, decision.inputs);
      turn.unitEnded(decision, decision.attempt, {
        status: 'succeeded',
        output: JSON.stringify(decision.output),
      });
      return null;
    case 'fail':
      if (decision.inputs !== undefined) turn.unitStarted(decision, decision.attempt, decision.inputs);
      turn.unitEnded(decision, decision.attempt, decision);
      return null;
    case 'retry':
      turn.unitEnded(decision, decision.attempt, {
        status: 'retrying',
        error: decision.error,
        wakeAt: new Date(decision.wakeAt),
      });
      return null;
    case 'cancel':
      turn.unitEnded(decision, decision.attempt, { status: 'cancelled', error: decision.error });
      return null;
    case 'skip':
      turn.stepSkipped(decision.stepId, decision.reason);
      return null;
    case 'handle_failure':
      turn.runFailing(decision.status, decision.error);
      return null;
    case 'end':
      turn.runEnded(
        decision.status,
        decision.status === 'succeeded' ? { result: decision.result } : { error: decision.error },
      );
      return null;
  }
}
