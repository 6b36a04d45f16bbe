import { Injectable } from '@nestjs/common';

import { Clock } from '../common/clock';
import type { EngineReading } from '../engine/engine-status';
import {
  DashboardRepository,
  type FailingDefinition,
  type OpenRuns,
  type RecentRun,
} from './dashboard.repository';
import { type Health, judgeHealth } from './judge-health';
import { beginningOf, type RunStretch, sumUp } from './run-stretch';
import { type PoolReading, type ProcessReading, SystemReadings } from './system-readings';

const DAY_HOURS = 24;
const WEEK_HOURS = 7 * DAY_HOURS;

/** How the system stands, with a judgement. */
export interface SystemSummary {
  readonly health: Health;
  readonly databaseLatencyMs: number;
  readonly pool: PoolReading;
  readonly engine: EngineReading;
  readonly process: ProcessReading;
}

/** Everything that the dashboard shows. */
export interface DashboardSummary {
  readonly mcpDefinitions: number;
  readonly openRuns: readonly OpenRuns[];
  readonly recentRuns: readonly RecentRun[];
  readonly lastDay: RunStretch;
  readonly lastWeek: RunStretch;
  readonly failing: readonly FailingDefinition[];
  readonly system: SystemSummary;
}

/** Puts the dashboard's numbers together. Each statement is fast by itself, whatever the number of runs. */
@Injectable()
export class DashboardService {
  constructor(
    private readonly dashboard: DashboardRepository,
    private readonly readings: SystemReadings,
    private readonly clock: Clock,
  ) {}

  async summarise(): Promise<DashboardSummary> {
    const now = this.clock.now();
    const day = beginningOf(DAY_HOURS, now);
    const week = beginningOf(WEEK_HOURS, now);
    const system = await this.system();
    const [mcpDefinitions, openRuns, recentRuns, ended, failing] = await Promise.all([
      this.dashboard.countMcpDefinitions(),
      this.dashboard.countOpenRuns(),
      this.dashboard.findRecentRuns(),
      this.dashboard.countEndedRuns(week, day),
      this.dashboard.findFailingDefinitions(week),
    ]);
    return {
      mcpDefinitions,
      openRuns,
      recentRuns,
      lastDay: sumUp(day, ended, ({ recentRuns: runs }) => runs),
      lastWeek: sumUp(week, ended, ({ runs }) => runs),
      failing,
      system,
    };
  }

  /** Before all else, so that the readings are not those of our own statements. */
  private async system(): Promise<SystemSummary> {
    const pool = this.readings.pool();
    const process = this.readings.process();
    const databaseLatencyMs = await this.dashboard.measureLatency();
    const engine = await this.readings.engine();
    const health = judgeHealth({
      workersAlive: engine.workersAlive,
      oldestQueuedSeconds: engine.oldestQueuedSeconds,
      databaseLatencyMs,
      poolWaiting: pool.waiting,
      eventLoopDelayP99Ms: process.eventLoop.p99Ms,
    });
    return { health, databaseLatencyMs, pool, engine, process };
  }
}
