import { Module } from '@nestjs/common';
import { RunController } from './run.controller';
import { RunEventHub } from './run-event-hub';
import { RunService } from './run.service';
import { RunStartModule } from './run-start.module';
import { RunStepController } from './run-step.controller';
import { RunStepRepository } from './run-step.repository';
import { RunStepService } from './run-step.service';
import { RunStreamController } from './run-stream.controller';
import { RunStreams } from './run-streams';

@Module({
  imports: [RunStartModule],
  controllers: [RunController, RunStepController, RunStreamController],
  providers: [RunService, RunStepService, RunStepRepository, RunEventHub, RunStreams],
})
export class RunsModule {}
