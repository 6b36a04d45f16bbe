import { Module } from '@nestjs/common';
import { WorkflowsModule } from '../workflows/workflows.module';
import { RunController } from './run.controller';
import { RunEventHub } from './run-event-hub';
import { RunRepository } from './run.repository';
import { RunService } from './run.service';
import { RunStepController } from './run-step.controller';
import { RunStepRepository } from './run-step.repository';
import { RunStepService } from './run-step.service';
import { RunStreamController } from './run-stream.controller';
import { RunStreams } from './run-streams';

@Module({
  imports: [WorkflowsModule],
  controllers: [RunController, RunStepController, RunStreamController],
  providers: [RunService, RunRepository, RunStepService, RunStepRepository, RunEventHub, RunStreams],
})
export class RunsModule {}
