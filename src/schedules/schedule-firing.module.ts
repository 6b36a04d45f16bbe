import { Module } from '@nestjs/common';

import { RunStartModule } from '../runs/run-start.module';
import { ScheduleFirer } from './schedule-firer';
import { ScheduleFiringRepository } from './schedule-firing.repository';
import { ScheduleLoopService } from './schedule-loop.service';

/** Fires schedules: in processes that drive runs, and without routes. */
@Module({
  imports: [RunStartModule],
  providers: [ScheduleFirer, ScheduleFiringRepository, ScheduleLoopService],
})
export class ScheduleFiringModule {}
