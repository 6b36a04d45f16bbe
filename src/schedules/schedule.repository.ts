import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import type { ExpectedRevisions } from '../common/conditional/expected-revisions';
import { lockExpected } from '../common/conditional/lock-expected';
import { AppError } from '../common/errors/app-error';
import { violatesUnique } from '../common/errors/unique-violation';
import { type PageRow, pageStatement, readPageRows } from '../common/pagination/page-statement';
import type { DefinitionUser } from '../common/versioning/definition-records';
import { inDataSourceTransaction } from '../database/data-source-transaction';
import type { SqlExecutor } from '../database/sql-executor';
import type { JsonObject } from '../engine/core/json';
import type { Overlap } from './overlap';

/** What its owner says of a schedule. */
export interface ScheduleSettings {
  readonly name: string;
  readonly workflowDefinitionId: string;
  readonly parameters: JsonObject;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: Overlap;
  readonly enabled: boolean;
}

/** Why a schedule could not start a run when it last tried. */
export interface ScheduleError {
  readonly code: string;
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A schedule as read. */
export interface ScheduleRecord extends ScheduleSettings {
  readonly id: string;
  readonly nextAt: Date | null;
  readonly queuedFor: Date | null;
  /** Null before the first run. The status is null once the run is removed. */
  readonly lastRunId: string | null;
  readonly lastRunStatus: string | null;
  readonly lastScheduledFor: Date | null;
  readonly lastCaughtUp: boolean;
  readonly lastSkippedAt: Date | null;
  readonly lastError: ScheduleError | null;
  /** Raised by every change of the settings; not by runs that it starts. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const COLUMNS = `
  s.id, s.name, s.workflow_definition_id AS "workflowDefinitionId", s.parameters, s.cron, s.time_zone AS "timeZone",
  s.overlap, s.enabled, s.next_at AS "nextAt", s.queued_for AS "queuedFor", s.last_run_id AS "lastRunId",
  r.status AS "lastRunStatus", s.last_scheduled_for AS "lastScheduledFor", s.last_caught_up AS "lastCaughtUp",
  s.last_skipped_at AS "lastSkippedAt", s.last_error AS "lastError", s.revision,
  s.created_at AS "createdAt",
  s.updated_at AS "updatedAt"`;

const LAST_RUN_JOIN = 'LEFT JOIN workflow_runs r ON r.id = s.last_run_id';

/** The stored schedules, as their owners see and change them. Firing is `ScheduleFiringRepository`'s. */
@Injectable()
export class ScheduleRepository {
  constructor(private readonly dataSource: DataSource) {}

  async findById(id: string): Promise<ScheduleRecord | null> {
    const rows: ScheduleRecord[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM schedules s ${LAST_RUN_JOIN} WHERE s.id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** A page of the schedules, newest first; of one workflow only when it is given. */
  async listNewest(
    workflowDefinitionId: string | undefined,
    skip: number,
    limit: number,
  ): Promise<{ rows: ScheduleRecord[]; total: number }> {
    const values = workflowDefinitionId === undefined ? [] : [workflowDefinitionId];
    const statement = pageStatement(
      {
        columns: COLUMNS,
        from: 'schedules s',
        joins: LAST_RUN_JOIN,
        where: values.length === 0 ? [] : ['s.workflow_definition_id = $1'],
        alias: 's',
      },
      values.length,
    );
    const rows: PageRow<ScheduleRecord>[] = await this.dataSource.query(statement, [...values, limit, skip]);
    return readPageRows(rows);
  }

  /**
   * Stores a new schedule.
   *
   * @param check runs first, in the transaction; what it throws undoes everything
   * @throws AppError CONFLICT when another schedule has the name
   */
  async insert(
    schedule: ScheduleSettings & { readonly id: string; readonly nextAt: Date | null },
    check: (sql: SqlExecutor) => Promise<void>,
  ): Promise<void> {
    await this.refusingTakenNames(async (sql) => {
      await check(sql);
      await sql.query(
        `INSERT INTO schedules
           (id, name, workflow_definition_id, parameters, cron, time_zone, overlap, enabled, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [schedule.id, ...settingsOf(schedule), schedule.nextAt],
      );
    });
  }

  /**
   * Replaces the settings of a schedule that is still at the `revision` that was read. What waits is dropped where it no
   * longer may: of a paused schedule, or one without a queue.
   *
   * @param nextAt the next time; `undefined` leaves it as it is
   * @param check as for {@link insert}
   * @returns false when it is gone or was changed meanwhile
   * @throws AppError CONFLICT when another schedule has the name
   */
  async replace(
    id: string,
    revision: number,
    settings: ScheduleSettings,
    nextAt: Date | null | undefined,
    check: (sql: SqlExecutor) => Promise<void>,
  ): Promise<boolean> {
    return this.refusingTakenNames(async (sql) => {
      await check(sql);
      const rows = await sql.query(
        `UPDATE schedules SET name = $3, workflow_definition_id = $4, parameters = $5, cron = $6, time_zone = $7,
           overlap = $8, enabled = $9, next_at = CASE WHEN $10 THEN $11::timestamptz ELSE next_at END,
           queued_for = CASE WHEN $9 AND $8 = 'queue' THEN queued_for END,
           revision = revision + 1,
           updated_at = greatest(clock_timestamp(), updated_at + interval '1 millisecond')
         WHERE id = $1 AND revision = $2
         RETURNING id`,
        [id, revision, ...settingsOf(settings), nextAt !== undefined, nextAt ?? null],
      );
      return rows.length > 0;
    });
  }

  /**
   * @returns false when there is none
   * @throws AppError PRECONDITION_FAILED
   */
  async delete(id: string, expected: ExpectedRevisions): Promise<boolean> {
    return inDataSourceTransaction(this.dataSource, async (sql) => {
      if (!(await lockExpected(sql, 'schedules', id, expected))) return false;
      await sql.query('DELETE FROM schedules WHERE id = $1', [id]);
      return true;
    });
  }

  /** The schedules that start a workflow, paused ones too. */
  async findUsersOfWorkflow(
    workflowDefinitionId: string,
    manager: EntityManager,
  ): Promise<readonly DefinitionUser[]> {
    return manager.query<DefinitionUser[]>(
      `SELECT 'schedule' AS type, id, name FROM schedules WHERE workflow_definition_id = $1 ORDER BY name`,
      [workflowDefinitionId],
    );
  }

  private async refusingTakenNames<Value>(work: (sql: SqlExecutor) => Promise<Value>): Promise<Value> {
    try {
      return await inDataSourceTransaction(this.dataSource, work);
    } catch (error) {
      if (!violatesUnique(error, 'schedules_name')) throw error;
      throw new AppError('CONFLICT', 'name: another schedule has it; choose another', { cause: error });
    }
  }
}

function settingsOf(settings: ScheduleSettings): unknown[] {
  const { name, workflowDefinitionId, parameters, cron, timeZone, overlap, enabled } = settings;
  return [name, workflowDefinitionId, JSON.stringify(parameters), cron, timeZone, overlap, enabled];
}
