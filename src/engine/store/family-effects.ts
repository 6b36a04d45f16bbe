import type { SqlExecutor } from '../../database/sql-executor';
import type { RunQueue } from '../queue/run-queue';
import { cancelStore, type ReachedRun } from './cancel-store';
import type { Checkpoint } from './checkpoint';
import { familyStore, type WokenRun } from './family-store';
import { runStore } from './run-store';

/** Brings about what checkpoints change on other runs, in their transaction, and gathers whom to tell of it afterwards. */
export class FamilyEffects {
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
      await runStore.create(sql, queue, run);
      this.started.push(run.id);
    }
    if (family.settled.length > 0) {
      for (const id of await familyStore.findOpenNested(sql, lease.runId, family.settled)) {
        const { reached, woken } = await cancelStore.cancel(sql, queue, id, family.at);
        this.reached.push(...reached);
        this.woken.push(...woken);
      }
    }
    if (family.wakes !== null) this.woken.push(...(await familyStore.wake(sql, queue, [family.wakes])));
  }
}
