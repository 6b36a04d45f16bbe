import { Json } from '../common/wire/json';
import { nextTimes } from './cron-times';
import type { ScheduleResponse, ScheduleRunResponse } from './dto/schedule.response';
import type { ScheduleRecord } from './schedule.repository';

/** How many of the times to come are shown. */
const SHOWN_TIMES = 5;

export function toScheduleResponse(schedule: ScheduleRecord): ScheduleResponse {
  return {
    id: schedule.id,
    name: schedule.name,
    workflowDefinitionId: schedule.workflowDefinitionId,
    parameters: new Json(schedule.parameters),
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    overlap: schedule.overlap,
    enabled: schedule.enabled,
    nextTimes: timesToCome(schedule),
    queuedFor: schedule.queuedFor,
    lastRun: lastRunOf(schedule),
    lastSkippedAt: schedule.lastSkippedAt,
    lastError: schedule.lastError,
    revision: schedule.revision,
    createdAt: schedule.createdAt,
    updatedAt: schedule.updatedAt,
  };
}

/** The recorded next time is the one that counts; those after it follow from it. */
function timesToCome({ nextAt, cron, timeZone }: ScheduleRecord): Date[] {
  return nextAt === null ? [] : [nextAt, ...nextTimes(cron, timeZone, nextAt, SHOWN_TIMES - 1)];
}

function lastRunOf(schedule: ScheduleRecord): ScheduleRunResponse | null {
  const { lastRunId, lastRunStatus, lastScheduledFor, lastCaughtUp } = schedule;
  if (lastRunId === null) return null;
  return {
    runId: lastRunId,
    status: lastRunStatus,
    scheduledFor: lastScheduledFor,
    caughtUp: lastCaughtUp,
  };
}
