import type { StepError } from '../core/unit';
import { type Checkpoint, NO_ITEM } from '../store/checkpoint';
import type { RecordedAttempt } from '../store/run-store';
import type { Turn } from './turn';

/** What of an attempt's row it takes to end it. */
type OpenAttempt = Pick<RecordedAttempt, 'stepId' | 'item' | 'attempt'>;

const OPEN: readonly string[] = ['running', 'waiting', 'retrying'];

/**
 * Which attempts stand open in the tables. The state of a run knows that as well; but where the state is what went wrong,
 * or is ahead of what could be written, only what was written counts.
 */
export class OpenAttempts {
  /** The last attempt of each unit that has not ended. */
  private readonly open = new Map<string, OpenAttempt>();

  /** @param recorded by earlier workers; each unit's attempts in their order */
  constructor(recorded: readonly (OpenAttempt & Pick<RecordedAttempt, 'status'>)[]) {
    this.note(recorded);
  }

  /** To be called once the checkpoint is on disk. */
  committed({ steps }: Pick<Checkpoint, 'steps'>): void {
    this.note(steps);
  }

  /** Ends all of them in a turn, the one that ends their run. */
  cancelIn(turn: Turn, error: StepError): void {
    for (const { stepId, item, attempt } of this.open.values()) {
      const unit = { stepId, ...(item !== NO_ITEM && { item }) };
      turn.unitEnded(unit, attempt, { status: 'cancelled', error });
    }
  }

  private note(attempts: readonly (OpenAttempt & Pick<RecordedAttempt, 'status'>)[]): void {
    for (const { stepId, item, attempt, status } of attempts) {
      const key = `${stepId}:${item}`;
      if (OPEN.includes(status)) this.open.set(key, { stepId, item, attempt });
      else this.open.delete(key);
    }
  }
}
