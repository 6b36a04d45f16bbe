import type { StepDecision } from './decision';
import { failUnit } from './fail-unit';
import { isJsonObject } from './json';
import type { JsonValue } from './json';
import { jsonBytes } from './output-size';
import type { RunState } from './run-state';
import { succeedUnit } from './succeed-unit';
import type { StepError, Unit } from './unit';
import type { PlannedStep } from './workflow-plan';

/** What was sent to a step that waits for somebody. A run has at most one of a name. */
export interface Signal {
  readonly name: string;
  readonly payload: JsonValue;
  /** ISO 8601. */
  readonly sentAt: string;
  /** Id of the API key that sent it. */
  readonly sentBy: string;
}

/** What an approval's signal carries. */
export const APPROVAL_DECISIONS = ['approve', 'reject'] as const;
export type ApprovalDecision = (typeof APPROVAL_DECISIONS)[number];

/**
 * Begins, or goes on with, a step that holds until its signal is there or its time is over. Applied to `state` in
 * place. The step is running when it begins and waiting when it goes on.
 *
 * @param inputs where it begins
 * @returns null where it goes on to wait
 */
export function awaitSignal(
  step: PlannedStep,
  unit: Unit,
  state: RunState,
  now: number,
  inputs?: JsonValue,
): StepDecision | null {
  const { attempt, wakeAt } = state.unit(unit);
  const signal = state.signal(step.signalName ?? '');
  if (signal !== undefined) return takeSignal(step, unit, signal, state, inputs);
  if (inputs !== undefined) {
    const until = step.timeoutMs === null ? null : now + step.timeoutMs;
    state.move(unit, 'waiting', { wakeAt: until });
    return { ...unit, type: 'wait', attempt, inputs, wakeAt: until };
  }
  if (wakeAt === null || wakeAt > now) return null;
  const error = { code: 'TIMEOUT', message: `Nothing came within the step's ${limitOf(step)} s` };
  return failUnit(step, unit, state, error, undefined, 'timed_out');
}

function takeSignal(
  step: PlannedStep,
  unit: Unit,
  signal: Signal,
  state: RunState,
  inputs: JsonValue | undefined,
): StepDecision {
  const isApproval = step.uses.kind === 'builtin' && step.uses.name === 'approval';
  const error = isApproval ? rejection(signal) : null;
  if (error !== null) return failUnit(step, unit, state, error, inputs);
  const output = isApproval ? verdict(signal) : signal.payload;
  return succeedUnit(step, unit, state, { output, bytes: jsonBytes(output) }, inputs);
}

function rejection(signal: Signal): StepError | null {
  const details = verdict(signal);
  if (details['decision'] !== 'reject') return null;
  const { comment } = details;
  const message = typeof comment === 'string' && comment !== '' ? `Rejected: ${comment}` : 'Rejected';
  return { code: 'REJECTED', message, details };
}

function verdict({ payload, sentAt, sentBy }: Signal): Record<string, JsonValue> {
  const { decision = null, comment = null } = isJsonObject(payload) ? payload : {};
  return { decision, comment, decided_at: sentAt, decided_by: sentBy };
}

function limitOf({ timeoutMs }: PlannedStep): number {
  return (timeoutMs ?? 0) / 1000;
}
