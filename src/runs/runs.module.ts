import { Module } from '@nestjs/common';
import { WorkflowsModule } from '../workflows/workflows.module';
import { RunController } from './run.controller';
import { RunEventHub } from './run-event-hub';
import { RunRepository } from './run.repository';
import { RunService } from './run.service';
import { RunStreamController } from './run-stream.controller';
import { RunStreams } from './run-streams';

@Module({
  imports: [WorkflowsModule],
  controllers: [RunController, RunStreamController],
  providers: [RunService, RunRepository, RunEventHub, RunStreams],
})
export class RunsModule {}
