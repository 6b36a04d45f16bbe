import { AppError } from '../../common/errors/app-error';
import type { SqlExecutor } from '../../database/sql-executor';
import { CANCEL_REASONS } from '../core/cancel-reason';
import type { RunQueue } from '../queue/run-queue';
import { cancelStore, type Reach, REACHED_NOBODY, type ReachedRun } from './cancel-store';
import type { Checkpoint } from './checkpoint';
import { concurrencyStore } from './concurrency-store';
import { familyStore, type WokenRun } from './family-store';
import type { NewRun } from './new-run';
import { runStore } from './run-store';

/** Brings about what checkpoints change on other runs, in their transaction, and gathers whom to tell of it afterwards. */
export class FamilyEffects implements Reach {
  readonly started: string[] = [];
  readonly reached: ReachedRun[] = [];
  readonly woken: WokenRun[] = [];

  get areNone(): boolean {
    return this.started.length + this.reached.length + this.woken.length === 0;
  }

  /** Whether workers find a new run to claim. */
  get startsRuns(): boolean {
    return this.started.length > 0;
  }

  /** Of one checkpoint, which is recorded. */
  async bring({ lease, family }: Checkpoint, sql: SqlExecutor, queue: RunQueue): Promise<void> {
    if (family === undefined) return;
    for (const run of family.starts) {
      this.started.push(run.id);
      this.add(await startNested(sql, queue, run));
    }
    if (family.settled.length > 0) {
      const reason = family.settled === 'all' ? CANCEL_REASONS.parentEnded : CANCEL_REASONS.notAwaited;
      for (const runId of await familyStore.findOpenNested(sql, lease.runId, family.settled)) {
        this.add(await cancelStore.cancel(sql, queue, { runId, reason, at: family.at }));
      }
    }
    if (family.frees !== null)
      this.started.push(...(await concurrencyStore.release(sql, queue, family.frees)));
    if (family.wakes !== null) this.woken.push(...(await familyStore.wake(sql, queue, [family.wakes])));
  }

  private add({ reached, woken }: Reach): void {
    this.reached.push(...reached);
    this.woken.push(...woken);
  }
}

/** One that its key refuses is made all the same, and has ended: the step that calls it learns why. */
async function startNested(sql: SqlExecutor, queue: RunQueue, run: NewRun): Promise<Reach> {
  // Written again, where the answer to the commit was lost: it is there, and must not stand in its own way.
  if (await runStore.exists(sql, run.id)) return REACHED_NOBODY;
  try {
    return await runStore.create(sql, queue, run);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
    await runStore.create(sql, queue, { ...run, concurrency: null });
    const { code, message } = error;
    return cancelStore.refuse(sql, queue, run.id, { code, message }, run.createdAt);
  }
}
