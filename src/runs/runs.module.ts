import { Module } from '@nestjs/common';
import { RunController } from './run.controller';
import { RunEventHub } from './run-event-hub';
import { RunService } from './run.service';
import { RunStartModule } from './run-start.module';
import { RunSignalController } from './run-signal.controller';
import { RunSignalService } from './run-signal.service';
import { RunStepController } from './run-step.controller';
import { RunStepRepository } from './run-step.repository';
import { RunStepService } from './run-step.service';
import { RunStreamController } from './run-stream.controller';
import { RunStreams } from './run-streams';

@Module({
  imports: [RunStartModule],
  controllers: [RunController, RunStepController, RunSignalController, RunStreamController],
  providers: [RunService, RunStepService, RunStepRepository, RunSignalService, RunEventHub, RunStreams],
})
export class RunsModule {}
