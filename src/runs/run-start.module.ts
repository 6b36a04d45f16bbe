import { Module } from '@nestjs/common';

import { WorkflowCatalogModule } from '../workflows/workflow-catalog.module';
import { RunRepository } from './run.repository';
import { RunStarter } from './run-starter';

/** Starting runs, without the routes: also for processes that serve no API. */
@Module({
  imports: [WorkflowCatalogModule],
  providers: [RunStarter, RunRepository],
  exports: [RunStarter, RunRepository],
})
export class RunStartModule {}
