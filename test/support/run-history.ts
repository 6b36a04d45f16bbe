import type { RunSteps } from './run-client';
import type { SlowCall } from './slow-server';
import type { StreamEvent } from './sse-client';

const TERMINAL_STATUSES = ['succeeded', 'failed', 'skipped', 'cancelled', 'timed_out'];

/** The events are numbered 1, 2, 3 … in order and once each, and the last is the only terminal one of the run. */
export function expectGapless(events: readonly StreamEvent[]): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
  const terminal = events.filter(({ data }) => data.terminal === true);
  expect(terminal).toEqual([events.at(-1)]);
}

/** Each step's outcome is recorded once: one terminal event, one attempt that ended it, and nothing of it after that. */
export function expectOutcomesOnce(events: readonly StreamEvent[], steps: RunSteps): void {
  for (const step of steps.items) {
    const changes = events.filter(({ type, data }) => type === 'status_change' && data.step_id === step.id);
    const ends = changes.filter(({ data }) => isTerminal(data.status));
    expect(ends.map(({ data }) => [step.id, data.status])).toEqual([[step.id, step.status]]);
    expect(changes.at(-1)).toBe(ends[0]);
    expect(step.attempts.map(({ attempt }) => attempt)).toEqual(step.attempts.map((_, index) => index + 1));
    expect(step.attempts.filter(({ status }) => isTerminal(status))).toEqual([step.attempts.at(-1)]);
  }
}

/** Every step had its effect, under the same key each time, and never more often than it has attempts. */
export function expectEffects(runId: string, calls: readonly SlowCall[], steps: RunSteps): void {
  for (const step of steps.items) {
    const effects = calls.filter(({ idempotencyKey }) => idempotencyKey === `${runId}:${step.id}`);
    expect(effects.length).toBeGreaterThanOrEqual(1);
    expect(effects.length).toBeLessThanOrEqual(step.attempts.length);
    expect(new Set(effects.map(({ path }) => path)).size).toBe(1);
  }
}

/** How many attempts were lost with their worker. */
export function lostAttempts(steps: RunSteps): number {
  return steps.items.flatMap(({ attempts }) => attempts).filter(({ error }) => error?.code === 'WORKER_LOST')
    .length;
}

function isTerminal(status: string | undefined): boolean {
  return status !== undefined && TERMINAL_STATUSES.includes(status);
}
