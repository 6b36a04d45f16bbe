import { Module } from '@nestjs/common';

import { WorkflowCatalogModule } from '../workflows/workflow-catalog.module';
import { ComponentsModule } from '../components/components.module';
import { ComponentCatalogModule } from '../definitions/component-catalog.module';
import { ComponentInvoker } from './component-invoker';
import { RunRepository } from './run.repository';
import { RunStarter } from './run-starter';

/** Starting runs, without the routes: also for processes that serve no API. */
@Module({
  imports: [WorkflowCatalogModule, ComponentCatalogModule, ComponentsModule],
  providers: [RunStarter, ComponentInvoker, RunRepository],
  exports: [RunStarter, ComponentInvoker, RunRepository],
})
export class RunStartModule {}
