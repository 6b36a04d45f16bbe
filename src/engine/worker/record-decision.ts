import type { Decision } from '../core/decision';
import type { JsonValue } from '../core/json';
import type { Turn } from './turn';

/** A step to start once its start is on disk. */
export interface StepStart {
  readonly stepId: string;
  readonly attempt: number;
  readonly inputs: JsonValue;
}

/** Writes a decision of the core into the turn. Gives the step to start, if that is what was decided. */
export function recordDecision(decision: Decision, turn: Turn): StepStart | null {
  switch (decision.type) {
    case 'start':
      turn.stepStarted(decision.stepId, decision.attempt, decision.inputs);
      return decision;
    case 'wait':
      turn.stepStarted(decision.stepId, decision.attempt, decision.inputs);
      turn.stepEnded(decision.stepId, decision.attempt, {
        status: 'waiting',
        wakeAt: new Date(decision.wakeAt),
      });
      return null;
    case 'succeed':
      if (decision.inputs !== undefined) turn.stepStarted(decision.stepId, decision.attempt, decision.inputs);
      turn.stepEnded(decision.stepId, decision.attempt, {
        status: 'succeeded',
        output: JSON.stringify(decision.output),
      });
      return null;
    case 'fail':
      if (decision.inputs !== undefined) turn.stepStarted(decision.stepId, decision.attempt, decision.inputs);
      turn.stepEnded(decision.stepId, decision.attempt, decision);
      return null;
    case 'retry':
      turn.stepEnded(decision.stepId, decision.attempt, {
        status: 'retrying',
        error: decision.error,
        wakeAt: new Date(decision.wakeAt),
      });
      return null;
    case 'cancel':
      turn.stepEnded(decision.stepId, decision.attempt, { status: 'cancelled', error: decision.error });
      return null;
    case 'skip':
      turn.stepSkipped(decision.stepId, decision.reason);
      return null;
    case 'end':
      turn.runEnded(
        decision.status,
        decision.status === 'succeeded' ? { result: decision.result } : { error: decision.error },
      );
      return null;
  }
}
