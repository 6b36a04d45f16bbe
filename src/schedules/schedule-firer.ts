import { Injectable, Logger } from '@nestjs/common';

import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { isConnectionFailure } from '../database/connection-failure';
import type { SqlExecutor } from '../database/sql-executor';
import { RunStarter } from '../runs/run-starter';
import { nextTimes } from './cron-times';
import { decideFiring } from './decide-firing';
import { type DueSchedule, type FiringRecord, ScheduleFiringRepository } from './schedule-firing.repository';
import type { ScheduleError } from './schedule.repository';

/** A time that is older when its run starts was missed: no process was there. Far above any delay of ours. */
const CAUGHT_UP_AFTER_MS = 60_000;

/** What an owner is told of a defect: its text is for the log alone. */
const DEFECT = new AppError('INTERNAL', 'Internal error; tried again until it passes');

/** Fires one schedule: its run, and its next time, in one transaction. */
@Injectable()
export class ScheduleFirer {
  private readonly logger = new Logger('Schedules');

  constructor(
    private readonly schedules: ScheduleFiringRepository,
    private readonly starter: RunStarter,
    private readonly clock: Clock,
  ) {}

  /**
   * Does what is due for a schedule, unless another process does. All times that have passed since the last
   * firing are one; the next is after now. A run that is refused is recorded, and takes nothing from the times to
   * come.
   *
   * @throws what PostgreSQL throws when it is away, and what is a defect of ours; nothing has happened then, and the
   *   schedule is still due
   */
  async fire(id: string): Promise<void> {
    try {
      const started = await this.schedules.transaction((sql) => this.fireIn(sql, id));
      if (started) this.starter.announce();
    } catch (thrown) {
      if (!isConnectionFailure(thrown)) await this.schedules.saveError(id, this.describe(DEFECT));
      throw thrown;
    }
  }

  /** @returns whether a run was started */
  private async fireIn(sql: SqlExecutor, id: string): Promise<boolean> {
    const now = this.clock.now();
    const schedule = await this.schedules.claim(sql, id, now);
    if (schedule === null) return false;
    const firing = await this.carryOut(sql, schedule, now);
    await this.schedules.saveFiring(sql, id, firing);
    return firing.outcome !== undefined && 'runId' in firing.outcome;
  }

  private async carryOut(sql: SqlExecutor, schedule: DueSchedule, now: Date): Promise<FiringRecord> {
    const openRunIds = await this.schedules.findOpen(sql, schedule.openRunIds);
    const dueAt = schedule.nextAt !== null && schedule.nextAt <= now ? schedule.nextAt : null;
    const { start, queuedFor, skipped } = decideFiring({
      overlap: schedule.overlap,
      hasOpenRun: openRunIds.length > 0,
      dueAt,
      queuedFor: schedule.queuedFor,
    });
    const nextAt =
      dueAt === null ? schedule.nextAt : (nextTimes(schedule.cron, schedule.timeZone, now, 1)[0] ?? null);
    const rest = { nextAt, queuedFor, skipped };
    if (start === null) return { ...rest, openRunIds };

    const caughtUp = start === dueAt && now.getTime() - start.getTime() > CAUGHT_UP_AFTER_MS;
    try {
      const runId = await this.schedules.attempt(sql, () => this.start(sql, schedule, start, caughtUp));
      const outcome = { runId, scheduledFor: start, caughtUp };
      return { ...rest, openRunIds: [...openRunIds, runId], outcome };
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code === 'UNAVAILABLE') throw thrown;
      const error = this.describe(thrown);
      this.logger.warn(
        `The schedule ${schedule.name} (${schedule.id}) started no run: ${error.code}: ${error.message}`,
      );
      return { ...rest, openRunIds, outcome: { error } };
    }
  }

  private describe({ code, message }: AppError): ScheduleError {
    return { code, message, at: this.clock.now().toISOString() };
  }

  private async start(
    sql: SqlExecutor,
    schedule: DueSchedule,
    scheduledFor: Date,
    caughtUp: boolean,
  ): Promise<string> {
    const prepared = await this.starter.prepare({
      workflowDefinitionId: schedule.workflowDefinitionId,
      parameters: schedule.parameters,
      labels: {
        trigger: 'schedule',
        trigger_id: schedule.id,
        scheduled_for: scheduledFor.toISOString(),
        ...(caughtUp && { caught_up: 'true' }),
      },
      idempotency: null,
    });
    const { id } = await this.starter.record(sql, prepared);
    return id;
  }
}
