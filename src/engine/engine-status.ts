import type { SqlExecutor } from '../database/sql-executor';
import type { RunQueue } from './queue/run-queue';
import { workerStore } from './store/worker-store';

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
  constructor(
    private readonly sql: SqlExecutor,
    private readonly queue: RunQueue,
  ) {}

  async read(): Promise<EngineReading> {
    const [backlog, workersAlive] = await Promise.all([
      this.queue.backlog(this.sql),
      workerStore.countAlive(this.sql),
    ]);
    return { queueDepth: backlog.due, oldestQueuedSeconds: backlog.oldestSeconds, workersAlive };
  }
}
