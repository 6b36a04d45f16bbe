import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { RunStatus } from '../engine/core/states';
import { DASHBOARD_SQL } from './dashboard-statements';
import type { DurationBucket } from './duration-quantiles';

/** A run as the dashboard lists it. */
export interface RecentRun {
  readonly id: string;
  /** Null, with the name, for a run that invokes one component. */
  readonly workflowDefinitionId: string | null;
  readonly workflowName: string | null;
  /** Null, with the name, for a run of a workflow. */
  readonly mcpDefinitionId: string | null;
  readonly mcpName: string | null;
  readonly status: RunStatus;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** How many runs stand in a status now. */
export interface OpenRuns {
  readonly status: RunStatus;
  readonly runs: number;
}

/** Ended runs of one status and order of duration, in both stretches. */
export interface EndedRuns extends DurationBucket {
  readonly status: RunStatus;
  /** Of {@link runs}, which covers the longer stretch, how many ended in the shorter one. */
  readonly recentRuns: number;
}

/** A definition whose runs fail. */
export interface FailingDefinition {
  readonly workflowDefinitionId: string;
  readonly name: string;
  readonly runs: number;
  readonly failed: number;
}

/**
 * What the dashboard shows of the database. It only reads, also the tables of other features: what it needs of them
 * are counts, which nobody else has a use for.
 */
@Injectable()
export class DashboardRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Components that are not deleted. */
  async countMcpDefinitions(): Promise<number> {
    const rows: { total: number }[] = await this.dataSource.query(DASHBOARD_SQL.mcpDefinitions);
    return rows[0]?.total ?? 0;
  }

  /** The newest runs, newest first. */
  findRecentRuns(): Promise<RecentRun[]> {
    return this.dataSource.query(DASHBOARD_SQL.recentRuns);
  }

  /** Runs that have not ended. */
  countOpenRuns(): Promise<OpenRuns[]> {
    return this.dataSource.query(DASHBOARD_SQL.openRuns);
  }

  /**
   * Runs that ended since `since`, to the last one.
   *
   * @param since beginning of the longer stretch, a full hour
   * @param recent beginning of the shorter one, a full hour
   */
  countEndedRuns(since: Date, recent: Date): Promise<EndedRuns[]> {
    return this.dataSource.query(DASHBOARD_SQL.endedRuns, [since, recent]);
  }

  /** Those whose runs failed most since `since`, a full hour; living definitions only. */
  findFailingDefinitions(since: Date): Promise<FailingDefinition[]> {
    return this.dataSource.query(DASHBOARD_SQL.failingDefinitions, [since]);
  }

  /** How long the database takes to answer the simplest question, milliseconds, a free connection included. */
  async measureLatency(): Promise<number> {
    const startedAt = performance.now();
    await this.dataSource.query('SELECT 1');
    return performance.now() - startedAt;
  }
}
