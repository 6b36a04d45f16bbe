import type { Overlap } from './overlap';

/** What is known of a schedule when it is looked at. */
export interface FiringFacts {
  readonly overlap: Overlap;
  /** Whether a run that it started has not ended. */
  readonly hasOpenRun: boolean;
  /** The time that has come, if one has. */
  readonly dueAt: Date | null;
  /** The time whose run waits for another to end, if one does. */
  readonly queuedFor: Date | null;
}

/** What to do: start a run for a time, let one wait, pass one over. */
export interface FiringDecision {
  readonly start: Date | null;
  readonly queuedFor: Date | null;
  readonly skipped: Date | null;
}

/** Decides what becomes of a schedule's times. At most one run starts, and at most one waits. */
export function decideFiring({ overlap, hasOpenRun, dueAt, queuedFor }: FiringFacts): FiringDecision {
  if (overlap === 'allow') return { start: dueAt ?? queuedFor, queuedFor: null, skipped: null };
  if (overlap === 'skip') {
    return hasOpenRun
      ? { start: null, queuedFor: null, skipped: dueAt }
      : { start: dueAt, queuedFor: null, skipped: null };
  }
  if (hasOpenRun) {
    return { start: null, queuedFor: queuedFor ?? dueAt, skipped: queuedFor === null ? null : dueAt };
  }
  // What waited goes first; what has come now waits for it.
  return queuedFor === null
    ? { start: dueAt, queuedFor: null, skipped: null }
    : { start: queuedFor, queuedFor: dueAt, skipped: null };
}
