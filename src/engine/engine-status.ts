import type { SqlExecutor } from '../database/sql-executor';
import type { RunQueue } from './queue/run-queue';
import { workerStore } from './store/worker-store';
import type { LeaseKeeper } from './worker/lease-keeper';

/** How the engine stands, over all processes. */
export interface EngineReading {
  /** Runs that could go on and that no worker has taken. */
  readonly queueDepth: number;
  /** How long the first of them has waited, seconds; null when none waits. */
  readonly oldestQueuedSeconds: number | null;
  readonly workersAlive: number;
}

/** Tells operators how the engine stands. Also the injection token. */
export class EngineStatus {
  /** @param lease of the worker in this process; null where it drives no runs */
  constructor(
    private readonly sql: SqlExecutor,
    private readonly queue: RunQueue,
    private readonly lease: Pick<LeaseKeeper, 'workerId'> | null,
  ) {}

  /**
   * Why this process can put no runs into the queue or take none out of it; null when it can.
   *
   * @param sql on which the queue is looked for
   */
  async findFault(sql: SqlExecutor): Promise<string | null> {
    if (!(await this.queue.exists(sql))) return 'The queue of runs is not in the database';
    if (this.lease?.workerId === null) return 'The worker has no lease: others do not count it as alive';
    return null;
  }

  async read(): Promise<EngineReading> {
    const [backlog, workersAlive] = await Promise.all([
      this.queue.backlog(this.sql),
      workerStore.countAlive(this.sql),
    ]);
    return { queueDepth: backlog.due, oldestQueuedSeconds: backlog.oldestSeconds, workersAlive };
  }
}
