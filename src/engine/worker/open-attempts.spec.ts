import { recordedAttempt } from '../../../test/support/recorded-attempt';
import { NO_ITEM, type StepRow } from '../store/checkpoint';
import type { RecordedAttempt } from '../store/run-store';
import { OpenAttempts } from './open-attempts';
import { Turn } from './turn';

const NOW = new Date('2026-01-31T09:30:00Z');
const LEASE = { runId: 'run-1', owner: 'worker-1', epoch: 1 };
const ERROR = { code: 'CANCELLED', message: 'The run ends' };

function recorded(stepId: string, attempt: number, status: string, item = NO_ITEM): RecordedAttempt {
  return recordedAttempt({ runId: LEASE.runId, stepId, item, attempt, status });
}

/** The rows that end what is open. */
function cancelled(open: OpenAttempts): (readonly [string, number, number, string])[] {
  const turn = new Turn(LEASE.runId, NOW);
  open.cancelIn(turn, ERROR);
  return turn
    .checkpoint(LEASE, 0)
    .steps.map(({ stepId, item, attempt, status }) => [stepId, item, attempt, status] as const);
}

describe('OpenAttempts', () => {
  it('ends the last attempt of each unit that has not ended', () => {
    const open = new OpenAttempts([
      recorded('done', 1, 'succeeded'),
      recorded('again', 1, 'retrying'),
      recorded('again', 2, 'running'),
      recorded('each', 1, 'running'),
      recorded('each', 1, 'failed', 0),
      recorded('each', 1, 'retrying', 1),
      recorded('never', 0, 'skipped'),
    ]);
    expect(cancelled(open)).toEqual([
      ['again', -1, 2, 'cancelled'],
      ['each', -1, 1, 'cancelled'],
      ['each', 1, 1, 'cancelled'],
    ]);
  });

  it('goes by what is written, as it is written', () => {
    const open = new OpenAttempts([recorded('a', 1, 'waiting')]);
    const begun = new Turn(LEASE.runId, NOW);
    begun.unitStarted({ stepId: 'b' }, 1, {});
    begun.unitEnded({ stepId: 'a' }, 1, { status: 'succeeded', output: '1' });
    expect(cancelled(open)).toEqual([['a', -1, 1, 'cancelled']]);
    const { steps }: { steps: readonly StepRow[] } = begun.checkpoint(LEASE, 0);
    open.committed({ steps });
    expect(cancelled(open)).toEqual([['b', -1, 1, 'cancelled']]);
  });
});
