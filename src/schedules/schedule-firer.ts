import { Injectable, Logger } from '@nestjs/common';

import { Clock } from '../common/clock';
import { AppError } from '../common/errors/app-error';
import { isWorthAnotherTry } from '../database/connection-failure';
import type { SqlExecutor } from '../database/sql-executor';
import { type BegunRun, RunStarter } from '../runs/run-starter';
import { nextTimes } from './cron-times';
import { decideFiring } from './decide-firing';
import { type DueSchedule, type FiringRecord, ScheduleFiringRepository } from './schedule-firing.repository';
import type { ScheduleError } from './schedule.repository';

/** A time that is older when its run starts was missed: no process was there. Far above any delay of ours. */
const CAUGHT_UP_AFTER_MS = 60_000;

/** What an owner is told of a defect: its text is for the log alone. */
const DEFECT = new AppError('INTERNAL', 'Internal error; tried again until it passes');

/** What was done for a schedule. */
interface Firing {
  readonly record: FiringRecord;
  /** null: no run was started. */
  readonly begun: BegunRun | null;
}

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
   * @throws what PostgreSQL throws when it is away or cannot do it now, and what is a defect of ours; nothing has
   *   happened then, and the schedule is still due
   */
  async fire(id: string): Promise<void> {
    try {
      const begun = await this.schedules.transaction((sql) => this.fireIn(sql, id));
      if (begun !== null) this.starter.announce(begun);
    } catch (thrown) {
      if (!isWorthAnotherTry(thrown)) await this.schedules.saveError(id, this.describe(DEFECT));
      throw thrown;
    }
  }

  /** @returns the run that was started; null: none was */
  private async fireIn(sql: SqlExecutor, id: string): Promise<BegunRun | null> {
    const now = this.clock.now();
    const schedule = await this.schedules.claim(sql, id, now);
    if (schedule === null) return null;
    const { record, begun } = await this.carryOut(sql, schedule, now);
    await this.schedules.saveFiring(sql, id, record);
    return begun;
  }

  private async carryOut(sql: SqlExecutor, schedule: DueSchedule, now: Date): Promise<Firing> {
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
    if (start === null) return { record: { ...rest, openRunIds }, begun: null };

    const caughtUp = start === dueAt && now.getTime() - start.getTime() > CAUGHT_UP_AFTER_MS;
    try {
      const begun = await this.schedules.attempt(sql, () => this.start(sql, schedule, start, caughtUp));
      const outcome = { runId: begun.id, scheduledFor: start, caughtUp };
      return { record: { ...rest, openRunIds: [...openRunIds, begun.id], outcome }, begun };
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code === 'UNAVAILABLE') throw thrown;
      const error = this.describe(thrown);
      this.logger.warn(
        `The schedule ${schedule.name} (${schedule.id}) started no run: ${error.code}: ${error.message}`,
      );
      return { record: { ...rest, openRunIds, outcome: { error } }, begun: null };
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
  ): Promise<BegunRun> {
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
    return this.starter.record(sql, prepared);
  }
}
