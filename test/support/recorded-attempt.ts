import { NO_ITEM } from '../../src/engine/store/checkpoint';
import type { RecordedAttempt } from '../../src/engine/store/run-store';

type What = Pick<RecordedAttempt, 'runId' | 'stepId' | 'status'>;

/** An attempt as a worker reads it back: the first of a step, of which nothing more is recorded than is said here. */
export function recordedAttempt(what: What & Partial<RecordedAttempt>): RecordedAttempt {
  return {
    item: NO_ITEM,
    attempt: 1,
    openInputs: null,
    output: null,
    outputBytes: 0,
    error: null,
    wakeAt: null,
    startedAt: null,
    endedAt: null,
    ...what,
  };
}
