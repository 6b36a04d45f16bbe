import { Module } from '@nestjs/common';

import { ComponentCatalogModule } from '../definitions/component-catalog.module';
import { WorkflowCatalog } from './workflow-catalog';
import { WorkflowDefinitionRepository } from './workflow-definition.repository';

/** The stored workflows without their routes: also for processes that serve no API. */
@Module({
  imports: [ComponentCatalogModule],
  providers: [WorkflowCatalog, WorkflowDefinitionRepository],
  exports: [WorkflowCatalog, WorkflowDefinitionRepository],
})
export class WorkflowCatalogModule {}
