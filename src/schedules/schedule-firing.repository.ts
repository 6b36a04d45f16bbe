import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { inDataSourceTransaction } from '../database/data-source-transaction';
import type { SqlExecutor } from '../database/sql-executor';
import type { JsonObject } from '../engine/core/json';
import type { Overlap } from './overlap';
import type { ScheduleError } from './schedule.repository';

/** A schedule that something is to be done for, locked by the reader's transaction. */
export interface DueSchedule {
  readonly id: string;
  readonly name: string;
  readonly workflowDefinitionId: string;
  readonly parameters: JsonObject;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: Overlap;
  readonly nextAt: Date | null;
  readonly queuedFor: Date | null;
  readonly openRunIds: readonly string[];
}

/** What a firing leaves behind. */
export interface FiringRecord {
  readonly nextAt: Date | null;
  readonly queuedFor: Date | null;
  readonly openRunIds: readonly string[];
  /** The time that was passed over, if one was. */
  readonly skipped: Date | null;
  /** Absent when no run was wanted; what is recorded of the last one stays. */
  readonly outcome?:
    | { readonly runId: string; readonly scheduledFor: Date; readonly caughtUp: boolean }
    | { readonly error: ScheduleError };
}

/**
 * Something is to be done: a time has come by `$1`, or what waits need wait no longer. A run that is not in the
 * table any more has ended.
 */
const IS_DUE = `(s.next_at <= $1 OR (s.queued_for IS NOT NULL AND NOT EXISTS (
  SELECT FROM workflow_runs r WHERE r.id = ANY (s.open_run_ids) AND r.ended_at IS NULL)))`;

const SAVE_ERROR = 'UPDATE schedules SET last_error = $2 WHERE id = $1';

/** The schedules, as those who fire them see them. */
@Injectable()
export class ScheduleFiringRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The schedules that something is to be done for, longest due first. Others may be about to do it. */
  async findDue(now: Date, limit: number): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT s.id FROM schedules s WHERE ${IS_DUE} ORDER BY s.next_at LIMIT ${limit}`,
      [now],
    );
    return rows.map(({ id }) => id);
  }

  /** When the next time of any schedule comes; null when none has one. */
  async findEarliestTime(): Promise<Date | null> {
    const rows: { at: Date | null }[] = await this.dataSource.query(
      'SELECT min(next_at) AS at FROM schedules WHERE next_at IS NOT NULL',
    );
    return rows[0]?.at ?? null;
  }

  transaction<Value>(work: (sql: SqlExecutor) => Promise<Value>): Promise<Value> {
    return inDataSourceTransaction(this.dataSource, work);
  }

  /** Locks a due schedule for the caller's transaction; null when another process has it or has done it. */
  async claim(sql: SqlExecutor, id: string, now: Date): Promise<DueSchedule | null> {
    const [schedule] = await sql.query<DueSchedule>(
      `SELECT s.id, s.name, s.workflow_definition_id AS "workflowDefinitionId", s.parameters, s.cron,
         s.time_zone AS "timeZone", s.overlap, s.next_at AS "nextAt", s.queued_for AS "queuedFor",
         s.open_run_ids AS "openRunIds"
       FROM schedules s WHERE s.id = $2 AND ${IS_DUE} FOR UPDATE SKIP LOCKED`,
      [now, id],
    );
    return schedule ?? null;
  }

  /** Which of these runs have not ended. */
  async findOpen(sql: SqlExecutor, runIds: readonly string[]): Promise<string[]> {
    if (runIds.length === 0) return [];
    const rows = await sql.query<{ id: string }>(
      'SELECT id FROM workflow_runs WHERE id = ANY ($1) AND ended_at IS NULL',
      [runIds],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Does `work` inside the caller's transaction so that its failure undoes nothing else.
   * @throws what `work` throws
   */
  async attempt<Value>(sql: SqlExecutor, work: () => Promise<Value>): Promise<Value> {
    await sql.query('SAVEPOINT attempt');
    try {
      const value = await work();
      await sql.query('RELEASE SAVEPOINT attempt');
      return value;
    } catch (error) {
      await sql.query('ROLLBACK TO SAVEPOINT attempt');
      throw error;
    }
  }

  async saveFiring(sql: SqlExecutor, id: string, firing: FiringRecord): Promise<void> {
    const { nextAt, queuedFor, openRunIds, skipped, outcome } = firing;
    await sql.query(
      `UPDATE schedules SET next_at = $2, queued_for = $3, open_run_ids = $4,
         last_skipped_at = coalesce($5, last_skipped_at)
       WHERE id = $1`,
      [id, nextAt, queuedFor, openRunIds, skipped],
    );
    if (outcome === undefined) return;
    if ('error' in outcome) {
      await sql.query(SAVE_ERROR, [id, JSON.stringify(outcome.error)]);
      return;
    }
    await sql.query(
      `UPDATE schedules SET last_error = NULL, last_run_id = $2, last_scheduled_for = $3, last_caught_up = $4
       WHERE id = $1`,
      [id, outcome.runId, outcome.scheduledFor, outcome.caughtUp],
    );
  }

  /** Records why a schedule could not be fired, and leaves it due. */
  async saveError(id: string, error: ScheduleError): Promise<void> {
    await this.dataSource.query(SAVE_ERROR, [id, JSON.stringify(error)]);
  }
}
