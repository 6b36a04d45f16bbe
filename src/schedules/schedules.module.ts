import { Module, type OnModuleInit } from '@nestjs/common';

import { RunStartModule } from '../runs/run-start.module';
import { WorkflowUsersService } from '../workflows/workflow-users.service';
import { WorkflowsModule } from '../workflows/workflows.module';
import { ScheduleController } from './schedule.controller';
import { ScheduleRepository } from './schedule.repository';
import { ScheduleService } from './schedule.service';

/** Schedules, as the API has them. */
@Module({
  imports: [RunStartModule, WorkflowsModule],
  controllers: [ScheduleController],
  providers: [ScheduleRepository, ScheduleService],
  exports: [ScheduleService],
})
export class SchedulesModule implements OnModuleInit {
  constructor(
    private readonly users: WorkflowUsersService,
    private readonly schedules: ScheduleRepository,
  ) {}

  onModuleInit(): void {
    this.users.register((id, manager) => this.schedules.findUsersOfWorkflow(id, manager));
  }
}
