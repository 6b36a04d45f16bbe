import { Module } from '@nestjs/common';
import { EntitiesModule } from '../entities/entities.module';
import { ComponentCatalogModule } from '../definitions/component-catalog.module';
import { WorkflowCatalogModule } from '../workflows/workflow-catalog.module';
import { ComponentInvokeController } from './component-invoke.controller';
import { OpenStreamsGauge } from './open-streams-gauge';
import { RunController } from './run.controller';
import { RunEntitiesService } from './run-entities.service';
import { RunEventHub } from './run-event-hub';
import { RunGraphRepository } from './run-graph.repository';
import { RunRelations } from './run-relations';
import { RunService } from './run.service';
import { RunStartModule } from './run-start.module';
import { RunRerunController } from './run-rerun.controller';
import { RunRerunService } from './run-rerun.service';
import { RunSignalController } from './run-signal.controller';
import { RunSignalService } from './run-signal.service';
import { RunStepController } from './run-step.controller';
import { RunStepRepository } from './run-step.repository';
import { RunStepService } from './run-step.service';
import { RunStreamController } from './run-stream.controller';
import { RunStreams } from './run-streams';
import { StepRelations } from './step-relations';

/** Runs: started, shown, streamed, signalled, repeated, cancelled. */
@Module({
  imports: [RunStartModule, EntitiesModule, ComponentCatalogModule, WorkflowCatalogModule],
  controllers: [
    RunController,
    RunStepController,
    RunSignalController,
    RunRerunController,
    RunStreamController,
    ComponentInvokeController,
  ],
  providers: [
    RunService,
    RunStepService,
    RunStepRepository,
    RunSignalService,
    RunRerunService,
    RunEventHub,
    RunStreams,
    OpenStreamsGauge,
    RunEntitiesService,
    RunGraphRepository,
    RunRelations,
    StepRelations,
  ],
  exports: [RunStartModule, RunService, RunStreams],
})
export class RunsModule {}
