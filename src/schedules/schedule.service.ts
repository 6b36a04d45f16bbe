import { Injectable } from '@nestjs/common';
import { v7 as uuidV7 } from 'uuid';

import { Clock } from '../common/clock';
import { assertExpected, type ExpectedRevisions } from '../common/conditional/expected-revisions';
import { AppError } from '../common/errors/app-error';
import { notFound } from '../common/errors/not-found';
import type { Page } from '../common/pagination/page';
import { RunStarter } from '../runs/run-starter';
import { WorkflowCatalog } from '../workflows/workflow-catalog';
import { nextTimes } from './cron-times';
import type { CreateScheduleDto } from './dto/create-schedule.dto';
import type { ScheduleQueryDto } from './dto/schedule-query.dto';
import { type ScheduleRecord, ScheduleRepository, type ScheduleSettings } from './schedule.repository';

/** A change is tried again when somebody else changed the schedule meanwhile; nobody changes one that often. */
const MAX_TRIES = 5;

/** Schedules: made, changed, paused, listed, deleted. */
@Injectable()
export class ScheduleService {
  constructor(
    private readonly schedules: ScheduleRepository,
    private readonly starter: RunStarter,
    private readonly catalog: WorkflowCatalog,
    private readonly clock: Clock,
  ) {}

  async list({ workflowDefinitionId, skip, limit }: ScheduleQueryDto): Promise<Page<ScheduleRecord>> {
    const { rows, total } = await this.schedules.listNewest(workflowDefinitionId, skip, limit);
    return { items: rows, total, skip, limit };
  }

  /** @throws AppError NOT_FOUND */
  async get(id: string): Promise<ScheduleRecord> {
    const schedule = await this.schedules.findById(id);
    if (schedule === null) throw notFound(`schedule ${id}`);
    return schedule;
  }

  /**
   * @throws AppError NOT_FOUND without the workflow; INVALID_REQUEST when the parameters break its schema; CONFLICT
   *   when another schedule has the name
   */
  async create(dto: CreateScheduleDto): Promise<ScheduleRecord> {
    const settings: ScheduleSettings = {
      name: dto.name,
      workflowDefinitionId: dto.workflowDefinitionId.toLowerCase(),
      parameters: dto.parameters ?? {},
      cron: dto.cron,
      timeZone: dto.timeZone ?? 'UTC',
      overlap: dto.overlap ?? 'skip',
      enabled: dto.enabled ?? true,
    };
    await this.checkStart(settings);
    const id = uuidV7();
    await this.schedules.insert({ ...settings, id, nextAt: this.nextAt(settings) }, (sql) =>
      this.catalog.hold(sql, settings.workflowDefinitionId),
    );
    return this.get(id);
  }

  /**
   * Changes what is given; the next time is found anew when what it depends on has changed.
   * @throws AppError as {@link create}, and NOT_FOUND without the schedule, PRECONDITION_FAILED
   */
  async update(
    id: string,
    change: Partial<ScheduleSettings>,
    expected: ExpectedRevisions,
  ): Promise<ScheduleRecord> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const current = await this.get(id);
      // No lock, but what is written below is written at this revision only.
      assertExpected(expected, current.revision);
      const settings = merge(current, change);
      if (makesRunsDiffer(change)) await this.checkStart(settings);
      const isTimingKept = (['cron', 'timeZone', 'enabled'] as const).every(
        (field) => settings[field] === current[field],
      );
      const done = await this.schedules.replace(
        id,
        current.revision,
        settings,
        isTimingKept ? undefined : this.nextAt(settings),
        (sql) => this.catalog.hold(sql, settings.workflowDefinitionId),
      );
      if (done) return this.get(id);
    }
    throw new AppError('CONFLICT', 'The schedule is being changed by others, try again');
  }

  /** Its runs go on. @throws AppError NOT_FOUND, PRECONDITION_FAILED */
  async delete(id: string, expected: ExpectedRevisions): Promise<void> {
    if (!(await this.schedules.delete(id, expected))) throw notFound(`schedule ${id}`);
  }

  /** Whether a run could be started now: what would fail at every time is refused when it is saved. */
  private async checkStart({ workflowDefinitionId, parameters }: ScheduleSettings): Promise<void> {
    await this.starter.prepare({ workflowDefinitionId, parameters, labels: {}, idempotency: null });
  }

  /** Times that pass while a schedule is paused are not caught up. */
  private nextAt({ cron, timeZone, enabled }: ScheduleSettings): Date | null {
    return enabled ? (nextTimes(cron, timeZone, this.clock.now(), 1)[0] ?? null) : null;
  }
}

/** A schedule that cannot start runs (any more) may be paused and renamed all the same. */
function makesRunsDiffer(change: Partial<ScheduleSettings>): boolean {
  return (
    change.workflowDefinitionId !== undefined || change.parameters !== undefined || change.enabled === true
  );
}

/** The settings with what the change gives; ids in lower case, as they are stored. */
function merge(current: ScheduleSettings, change: Partial<ScheduleSettings>): ScheduleSettings {
  return {
    name: change.name ?? current.name,
    workflowDefinitionId: change.workflowDefinitionId?.toLowerCase() ?? current.workflowDefinitionId,
    parameters: change.parameters ?? current.parameters,
    cron: change.cron ?? current.cron,
    timeZone: change.timeZone ?? current.timeZone,
    overlap: change.overlap ?? current.overlap,
    enabled: change.enabled ?? current.enabled,
  };
}
