/** A run that could go on and has waited so long shows that the workers do not keep up. */
const SLOW_QUEUE_SECONDS = 30;
/** A database that takes longer for the simplest question makes every request slow. */
const SLOW_DATABASE_MS = 250;
/** An event loop that is this late makes everything in the process late. */
const SLOW_EVENT_LOOP_MS = 200;

/** What the judgement rests on. */
export interface HealthReading {
  readonly workersAlive: number;
  readonly oldestQueuedSeconds: number | null;
  readonly databaseLatencyMs: number;
  readonly poolWaiting: number;
  readonly eventLoopDelayP99Ms: number;
}

export const HEALTH_STATUSES = ['healthy', 'degraded'] as const;

/** A word for dashboards, and why. */
export interface Health {
  readonly status: (typeof HEALTH_STATUSES)[number];
  /** One sentence each; empty when healthy. */
  readonly problems: readonly string[];
}

/** Judges whether the system does its work. A database that is away is no case of this: nothing can be shown then. */
export function judgeHealth(reading: HealthReading): Health {
  const problems: string[] = [];
  if (reading.workersAlive === 0) problems.push('No worker is alive: runs are accepted and do not go on');
  const waited = reading.oldestQueuedSeconds ?? 0;
  if (waited > SLOW_QUEUE_SECONDS) {
    problems.push(`A run has waited for a worker for ${Math.round(waited)} s`);
  }
  if (reading.databaseLatencyMs > SLOW_DATABASE_MS) {
    problems.push(`The database took ${Math.round(reading.databaseLatencyMs)} ms to answer`);
  }
  if (reading.poolWaiting > 0) {
    problems.push(`${reading.poolWaiting} requests wait for a connection to the database`);
  }
  if (reading.eventLoopDelayP99Ms > SLOW_EVENT_LOOP_MS) {
    problems.push(`This process is late by ${Math.round(reading.eventLoopDelayP99Ms)} ms`);
  }
  return { status: problems.length === 0 ? 'healthy' : 'degraded', problems };
}
